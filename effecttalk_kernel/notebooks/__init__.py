"""Notebooks: the store's sessions as documents of the notebook format, and back."""
