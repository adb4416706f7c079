"""The Jupyter process: sockets, requests, comms; it wires all other rooms."""
