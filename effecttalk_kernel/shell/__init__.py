"""Shell: terminals, processes and the living shell; knows nothing of Jupyter or the record."""
