"""Calls: how the `effecttalk` command asks the kernel of the session that it is used in."""
