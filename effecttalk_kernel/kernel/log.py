"""Log: the kernel's log on standard error, which Jupyter Server shows."""

import logging
from collections.abc import Callable
from typing import Final

from effecttalk_kernel.store.masked import MaskedText

NAME: Final = "effecttalk"
FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


class MaskingFormatter(logging.Formatter):
    """Formats log messages, and masks the secrets in them and in their tracebacks."""

    def __init__(self, mask: Callable[[str], MaskedText]) -> None:
        super().__init__(FORMAT)
        self._mask = mask

    def format(self, record: logging.LogRecord) -> MaskedText:
        """Return the message with its time, level and logger."""
        return self._mask(super().format(record))


def start_logging(level: str, mask: Callable[[str], MaskedText]) -> None:
    """Log messages of *level* and above, their secrets masked by *mask*."""
    log = logging.getLogger(NAME)
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter(mask))
    log.handlers[:] = [handler]
    log.setLevel(level)
    # Other packages in the process configure the root logger.
    log.propagate = False
