"""Shell: terminals, processes, and the dialect of each shell."""
