"""The session, written to the store as it happens, and brought back from it."""
