"""Pictures: the ways in which programs send them to a terminal, turned into bundles."""
