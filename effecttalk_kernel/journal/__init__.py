"""Journal: writes the session to the store as it happens, and restores its states."""
