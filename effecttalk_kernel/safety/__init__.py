"""What may run (policy) and what may be kept (redaction)."""
