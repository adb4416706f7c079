"""Cache: the output of blocks of all sessions, by their code and their inputs."""
