"""Cache: what blocks printed, found by their code and by what they read, in every session."""
