"""Location: the shell's directory and git branch, and its environment, for clients of blocks.

The branch is read from git's files; no program is run.
"""

import asyncio
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, Final

from effecttalk_kernel.bash_quoting import escape_bytes
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.store.masked import MaskedText

if TYPE_CHECKING:
    from effecttalk_kernel.kernel.comms.environment import Environment

# After the reply, and once for a series of short blocks.
UPDATE_SECONDS: Final = 0.05
# `HEAD` and `.git` have one line.
LONGEST_FILE: Final = 4_096
LONGEST_BRANCH: Final = 200
SHORT_COMMIT: Final = 7
COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
REFERENCE: Final = re.compile(r"ref:\s*(?:refs/(?:heads/)?)?(.+)")
# The content of `HEAD` in a repository that stores its branches elsewhere (reftable).
REFTABLE_BRANCH: Final = ".invalid"

Send = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class LocationParts:
    """The parts of a kernel that its location needs; the environment is made on demand."""

    session: ShellSession
    environment: Callable[[], "Environment"]
    send: Send


class Location:
    """Sends where the shell is when clients need it; no reply waits for that."""

    def __init__(self, parts: LocationParts) -> None:
        self._parts = parts
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._updating: asyncio.Task[None] | None = None
        self._describing: asyncio.Task[None] | None = None
        self._sent: Mapping[str, Any] = {}
        self._is_update_due = self._is_environment_due = False
        parts.session.on_moved = self.update

    def update(self, *, again: bool = False) -> None:
        """Send the location soon, if it has changed, or in any case if *again*."""
        if again:
            self._sent = {}
        if self._parts.session.count and self._timer is None:
            self._timer = self._loop.call_later(UPDATE_SECONDS, self._start_update)

    def request_environment(self) -> None:
        """Send the environment as the last finished block left it."""
        self._is_environment_due = True
        if self._describing is None:
            self._describing = self._loop.create_task(self._send_environment())

    def close(self) -> None:
        """Send nothing more."""
        for waiting in (self._timer, self._updating, self._describing):
            if waiting is not None:
                waiting.cancel()

    def _start_update(self) -> None:
        self._timer = None
        self._is_update_due = True
        if self._updating is None:
            self._updating = self._loop.create_task(self._send_place())

    async def _send_place(self) -> None:
        try:
            while self._is_update_due:
                self._is_update_due = False
                place = {"event": "place", **await self._read_place()}
                if place != self._sent:
                    self._sent = place
                    self._parts.send(place)
        finally:
            self._updating = None

    async def _send_environment(self) -> None:
        try:
            while self._is_environment_due:
                self._is_environment_due = False
                # The shell may still be writing the state after the last block.
                await self._parts.session.state()
                environment = await self._parts.environment().describe()
                place = await self._read_place()
                self._parts.send({"event": "environment", **place, **environment})
        finally:
            self._describing = None

    async def _read_place(self) -> dict[str, MaskedText]:
        """Return the directory, and the branch of its repository if there is one."""
        cwd = self._parts.session.cwd
        # In a thread: the directory may be on a server that does not answer.
        branch = await asyncio.to_thread(find_branch, cwd)
        masker = self._parts.environment().masker
        return {"cwd": masker.path(cwd)} | ({"branch": masker.text(branch)} if branch else {})


def find_branch(directory: str) -> str:
    """Return the branch that is checked out in the repository of *directory*.

    Without a branch it is the short commit; "" if there is no repository or it cannot be read.
    """
    try:
        return _branch_name(_find_head(directory)) if directory.startswith("/") else ""
    except (OSError, ValueError):  # ValueError: a NUL byte in a path
        return ""


def _find_head(directory: str) -> str:
    """Return the first line of the repository's `HEAD`; "" if there is no repository."""
    # Strings, not `Path`: this runs after every block.
    place = directory.rstrip("/")
    if not os.access(directory, os.X_OK):
        return ""
    while True:
        try:
            return _first_line(f"{place}/.git/HEAD")
        except FileNotFoundError:
            pass
        except NotADirectoryError:  # a worktree or a submodule: the file `.git` has the path
            return _first_line(f"{_git_directory(place)}/HEAD")
        if not place:
            return ""
        place = place.rpartition("/")[0]


def _git_directory(place: str) -> str:
    keyword, _, path = _first_line(f"{place}/.git").partition("gitdir:")
    path = path.strip()
    if keyword or not path:
        raise FileNotFoundError(place)
    return path if path.startswith("/") else f"{place}/{path}"


def _first_line(path: str) -> str:
    # Without blocking: the file may be of any kind, even a FIFO.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        data = os.read(descriptor, LONGEST_FILE)
    finally:
        os.close(descriptor)
    return data.partition(b"\n")[0].decode(errors="surrogateescape").strip()


def _branch_name(head: str) -> str:
    if COMMIT.fullmatch(head):
        return head[:SHORT_COMMIT]
    match = REFERENCE.fullmatch(head)
    if match is None or match[1] == REFTABLE_BRANCH:
        return ""
    branch = escape_bytes(match[1][:LONGEST_BRANCH])
    return branch if branch.isprintable() else ""
