"""Terminals, processes, and the dialect of each shell."""
