"""Spill: all that a block wrote, in files, where the notebook shows only a part of it."""
