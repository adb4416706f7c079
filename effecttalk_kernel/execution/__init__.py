"""Turns a cell's code into blocks: options, permission, retries, cache."""
