"""The settings, their types, and the sources of their values."""
