"""Blocks in order in one shell, which is replaced when it dies."""
