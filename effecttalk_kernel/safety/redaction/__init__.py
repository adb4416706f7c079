"""Redaction: what secrets look like, and how they are found and masked; pure."""
