"""Log: the kernel's log on standard error, which Jupyter Server shows."""

import logging
from typing import Final

NAME: Final = "effecttalk"
FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


def start_logging(level: str) -> None:
    """Log messages of *level* and above, each with its time, level and logger."""
    log = logging.getLogger(NAME)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    log.handlers[:] = [handler]
    log.setLevel(level)
    # Other packages in the process configure the root logger.
    log.propagate = False
