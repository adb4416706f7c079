"""Job notices: what bash prints about jobs, such as `[1]+  Done   sleep 9`.

Bash prints them before its prompt, and while a block runs. The kernel shows those from between
two blocks with the next one. It shows none about the jobs that are blocks in the background, nor
that a job of an earlier block is done while another block runs, unless that waits for jobs: the
records of those blocks tell of it. Pure: bytes in, bytes out.
"""

import re
from collections.abc import Sequence
from typing import Final

from effecttalk_kernel.shell.dialects.bash import (
    DIRECTORY_LINE,
    JOB_ENDING,
    JOB_STATE,
    LAUNCHED,
    Job,
)

BLOCK_NOTICE: Final = re.compile(
    rb"^" + JOB_STATE % rb"\d+" + re.escape(LAUNCHED) + JOB_ENDING, re.MULTILINE
)
DONE: Final = rb"^\[%d\][-+ ]  Done {20}%s" + JOB_ENDING
# Bash ends the line of the cursor before it tells of a job that has stopped; in a cell it is ended.
EMPTY_LINE: Final = re.compile(rb"^\n(?=" + JOB_STATE % rb"\d+" + rb"\r?\n)", re.MULTILINE)
# What may still become one of these, at the end of what was written.
BEGINNING: Final = re.compile(rb"^\n?(?:\[(\d+(\]([-+ ]( ( ([A-Z].*)?)?)?)?)?)?)?\Z", re.MULTILINE)
LONGEST: Final = 8_192
SECOND_LINE: Final = re.compile(rb"\A" + DIRECTORY_LINE)
SECOND_LINE_BEGINNING: Final = b"(wd now: "
# What a block does with jobs to be told of their end.
WAITS: Final = re.compile(r"\b(?:wait|fg|jobs)\b")


def waits_for_jobs(code: str) -> bool:
    """Return whether a block may wait for jobs of earlier ones."""
    return WAITS.search(code) is not None


def find_notices(written: bytes, jobs: Sequence[Job]) -> bytes:
    """Return the notices about *jobs* among what an idle shell has printed."""
    texts = b"|".join(
        JOB_STATE % b"%d" % job.number + re.escape(job.text) for job in jobs if job.text != LAUNCHED
    )
    if not texts:
        return b""
    notices = re.finditer(b"(?:%s)%s" % (texts, JOB_ENDING), written.replace(b"\r\n", b"\n"))
    return b"".join(notice[0] for notice in notices)


def may_become_second_line(data: bytes) -> bool:
    """Return whether *data*, which follows a notice, may be the beginning of its second line."""
    begun = data[: len(SECOND_LINE_BEGINNING)]
    return b"\n" not in data and SECOND_LINE_BEGINNING.startswith(begun) and len(data) < LONGEST


class JobNoticeFilter:
    """Removes the notices that one stream does not show, and empty lines before the others.

    *jobs* are those whose end is told elsewhere.
    """

    def __init__(self, jobs: Sequence[Job] = ()) -> None:
        done = b"|".join(DONE % (job.number, re.escape(job.text)) for job in jobs)
        self._done = re.compile(done, re.MULTILINE) if done else None
        self._at_line_start = True
        self._follows_notice = False  # whose second line may come
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Return *data*, after the bytes held back before, without those notices."""
        if not data:
            return data
        data, head = self._held + data, b""
        if self._follows_notice and not may_become_second_line(data):
            data = SECOND_LINE.sub(b"", data, count=1)
            self._follows_notice = False
        if not self._at_line_start:
            rest, newline, data = data.partition(b"\n")
            head = rest + newline
        if b"[" in data:
            data = self._remove(data)
        beginning = BEGINNING.search(data, max(0, len(data) - LONGEST))
        end = len(data) if beginning is None else beginning.start()
        if self._follows_notice:
            end = data.rfind(b"\n") + 1
        self._held, shown = data[end:], head + data[:end]
        if shown:
            self._at_line_start = shown.endswith(b"\n")
        return shown

    def flush(self) -> bytes:
        """Return the bytes held back, which were not a notice."""
        held, self._held = self._held, b""
        return held

    def _remove(self, data: bytes) -> bytes:
        data = EMPTY_LINE.sub(b"", self._remove_notices(BLOCK_NOTICE, data))
        return data if self._done is None else self._remove_notices(self._done, data)

    def _remove_notices(self, pattern: re.Pattern[bytes], data: bytes) -> bytes:
        shown, end = [], 0
        for notice in pattern.finditer(data):
            shown.append(data[end : notice.start()])
            end = notice.end()
        self._follows_notice |= bool(shown) and may_become_second_line(data[end:])
        return b"".join([*shown, data[end:]])
