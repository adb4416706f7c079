"""Redaction: secrets are found and masked before anything is stored, logged or recorded."""
