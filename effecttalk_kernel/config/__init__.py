"""Config: settings, their types, and where their values come from."""
