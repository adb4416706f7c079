"""Commands: what the kernel does for the `effecttalk` command in a cell."""
