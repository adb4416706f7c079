"""Backup: copies of the store, and how they are restored."""
