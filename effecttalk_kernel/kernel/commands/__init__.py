"""Commands: calls that the `effecttalk` command in a cell makes to its kernel."""
