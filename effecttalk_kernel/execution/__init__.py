"""A cell's code becomes blocks: options, permission, retries, cache."""
