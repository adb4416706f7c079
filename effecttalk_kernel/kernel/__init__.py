"""Kernel: the Jupyter process with its sockets, requests and comms; it wires all other rooms."""
