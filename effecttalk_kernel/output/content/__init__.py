"""Content: pictures, tables and other MIME types in the output of a block."""
