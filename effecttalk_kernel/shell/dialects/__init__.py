"""Dialects: what differs between shells, one module and one script for each."""
