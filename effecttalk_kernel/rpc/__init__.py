"""The socket through which the `effecttalk` command calls the kernel of its session."""
