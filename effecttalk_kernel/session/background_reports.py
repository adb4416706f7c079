"""BackgroundReports: the exit statuses of blocks in the background, read from a pipe.

Each report is a line with the block's number and its exit status. The pipe belongs to the
session, because a block in the background may outlive its shell.
"""

import re
from collections.abc import Callable
from typing import Final

from effecttalk_kernel.errors import BlockError
from effecttalk_kernel.shell.callbacks import Callbacks
from effecttalk_kernel.shell.private_pipe import PrivatePipe

REPORT: Final = re.compile(rb"([0-9]{1,9}) ([0-9]{1,3})")
# A line without an end that is longer is not a report.
LONGEST_REPORT: Final = 100


class BackgroundReports:
    """Reads reports from the first block in the background on; owns the pipe."""

    def __init__(self, tell: Callable[[int, int], None], callbacks: Callbacks) -> None:
        self._tell = tell
        self._callbacks = callbacks
        self._pipe: PrivatePipe | None = None
        self._pending = b""

    def open(self) -> str:
        """Return the path of the pipe, which is made by the first call.

        Raises:
            BlockError: it cannot be made.

        """
        if self._pipe is None:
            try:
                self._pipe = PrivatePipe()
            except OSError as error:
                raise BlockError(
                    f"no block can run in the background ({error.strerror}): raise the limit of"
                    " open files, or end processes in the background"
                ) from error
            self._callbacks.add_reader(self._pipe.descriptor, self.read)
        return self._pipe.path

    def read(self) -> None:
        """Read the reports so far; other lines are ignored."""
        if self._pipe is None:
            return
        *lines, last = (self._pending + self._pipe.read()).split(b"\n")
        self._pending = last[-LONGEST_REPORT:]
        for line in lines:
            if report := REPORT.fullmatch(line):
                self._tell(int(report[1]), int(report[2]))

    def close(self) -> None:
        """Read no more; may be called twice."""
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            self._callbacks.remove_reader(pipe.descriptor)
            pipe.close()
