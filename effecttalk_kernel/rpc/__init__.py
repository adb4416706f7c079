"""The socket by which the `effecttalk` command talks to its kernel."""
