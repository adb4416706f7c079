"""Journal: keeps every block of a session in the store, as it happens."""
