"""Writes the session to the store as it runs, and restores it."""
