"""Output: from a program's bytes to the notebook's text; pure stages, no clock, no I/O."""
