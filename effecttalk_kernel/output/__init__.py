"""Output: a program's bytes become what the cell shows."""
