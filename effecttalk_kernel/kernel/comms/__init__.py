"""Comms: what front ends are told of blocks and the shell, beside the protocol."""
