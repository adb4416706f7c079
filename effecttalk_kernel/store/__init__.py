"""Store: everything on disk: SQLite, spills, cache, backups."""
