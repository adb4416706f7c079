"""Comms: messages to and from front ends about blocks and the shell."""
