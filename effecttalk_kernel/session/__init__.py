"""Session: the ordered blocks of one shell and what happens to them; knows nothing of Jupyter."""
