"""A program's bytes become what the cell shows."""
