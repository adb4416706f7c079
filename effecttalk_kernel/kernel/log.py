"""Logs: where the kernel's log goes: its standard error, which Jupyter Server shows."""

import logging
from typing import Final

NAME: Final = "effecttalk"
FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


def begin(level: str) -> None:
    """Write what is of *level* or worse, each line with its time, level and place."""
    log = logging.getLogger(NAME)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    log.handlers[:] = [handler]
    log.setLevel(level)
    # Whatever else is in the process has its own.
    log.propagate = False
