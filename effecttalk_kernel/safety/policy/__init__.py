"""Policy: which commands of a cell may run, as a guard against mistakes."""
