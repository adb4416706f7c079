"""Job notices: removes what bash prints about the jobs of earlier blocks.

An interactive bash prints `[1]+  Done   sleep 9` in whichever cell happens to run. The record
of the block that started the job tells of its end, so the line is removed from the other
cell. Pure: bytes in, bytes out.
"""

import re
from collections.abc import Sequence
from typing import Final

from effecttalk_kernel.shell.dialects.bash import Job

# The beginning of a line that may still become a notice.
BEGINNING: Final = re.compile(rb"\[(\d+(\]([-+ ]( ( ([A-Z].*)?)?)?)?)?)?", re.DOTALL)
LONGEST: Final = 8_192
# The line after the notice of a job that was started in another directory.
DIRECTORY: Final = re.compile(rb"\A\(wd now: [^\n]*\)\n")


class JobNoticeFilter:
    """Removes the notices of known jobs from one stream."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        texts = b"|".join(
            rb"\[%d\][-+ ]  [A-Z][^\n]{22}[^\n]*?%s" % (job.number, re.escape(job.text))
            for job in jobs
        )
        ending = rb"(?: &)?(?:  \(wd: [^\n]*\))?\n(?:\(wd now: [^\n]*\)\n)?"
        self._notice = re.compile(rb"^(?:%s)%s" % (texts, ending), re.MULTILINE)
        self._lines = max((job.text.count(b"\n") for job in jobs), default=0)
        self._is_used = bool(jobs)
        self._at_line_start = True
        self._held = b""
        self._follows_notice = False

    def feed(self, data: bytes) -> bytes:
        """Return *data*, after the bytes held back before, without notices."""
        if not self._is_used or not data:
            return data
        data = self._held + data
        if not self._at_line_start:
            rest, newline, data = data.partition(b"\n")
            head = rest + newline
        else:
            head = b""
        if self._follows_notice:
            data = DIRECTORY.sub(b"", data)
        data, count = self._notice.subn(b"", data)
        self._follows_notice = bool(count) and not data
        kept = self._unfinished(data)
        self._held = data[len(data) - kept :]
        shown = head + data[: len(data) - kept]
        if shown:
            self._at_line_start = shown.endswith(b"\n")
        return shown

    def flush(self) -> bytes:
        """Return the bytes held back, which were not a notice."""
        held, self._held = self._held, b""
        return held

    def _unfinished(self, data: bytes) -> int:
        """Return how many of the last bytes may still become a notice."""
        at = data.rfind(b"\n[", max(0, len(data) - LONGEST)) + 1
        if not data.startswith(b"[", at):
            return 0
        tail = data[at:]
        is_open = BEGINNING.fullmatch(tail) and tail.count(b"\n") <= self._lines
        return len(tail) if is_open and len(tail) < LONGEST else 0
