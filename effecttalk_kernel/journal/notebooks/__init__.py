"""Notebooks: sessions exported as notebooks, and notebooks imported as sessions."""
