"""Everything on disk: SQLite, spills, cache, backups."""
