"""Dialects: what differs between shells; a module and a script for each."""
