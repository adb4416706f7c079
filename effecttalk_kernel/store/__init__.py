"""Store: what ran in all of a user's sessions, in one SQLite database."""
