"""Turns a program's output into what the cell shows."""
