"""Resources: what a kernel holds at this moment, and the call that tells it.

{"call": "resources"}  ->  {"descriptors": 31, "most_descriptors": 1024, "terminals": 3, ...}
"""

import asyncio
import os
import resource
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.process_tree import members
from effecttalk_kernel.store.spill.writer import SpillFolder

# What the master side of every pseudo-terminal is a descriptor of, pts(4), and where the
# kernel says of which terminal: there may be two descriptors of one.
MASTER: Final = "ptmx"
TERMINAL: Final = "tty-index:"


@dataclass(frozen=True, slots=True)
class Resources:
    """What a kernel holds, and the most that it may; *most_terminals* is for the whole system.

    *processes* are those of its session: what it has started, and what its shells have.
    """

    descriptors: int
    most_descriptors: int
    terminals: int
    most_terminals: int | None
    threads: int
    processes: int
    blocks: int  # in the background
    spills: int
    spilled_bytes: int
    runtime_files: int
    runtime_bytes: int


@dataclass(frozen=True, slots=True)
class Holder:
    """The parts of a kernel that know what they hold."""

    spills: SpillFolder
    session: ShellSession
    runtime_directory: Path

    async def resources(self, _arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Answer the call."""
        # The processes of a whole machine are looked at.
        processes = await asyncio.to_thread(_processes, self.session.shells)
        return asdict(count(self, processes=len(processes)))


def count(holder: Holder, *, processes: int) -> Resources:
    """Return what the running kernel holds."""
    open_files = proc.open_files(os.getpid())
    masters = [fd for fd, path in open_files.items() if Path(path).name == MASTER]
    terminals = proc.terminals()
    sizes = _sizes(holder.runtime_directory)
    return Resources(
        descriptors=len(open_files),
        most_descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        terminals=len(set(map(_terminal, masters))),
        most_terminals=None if terminals is None else terminals.most,
        threads=threading.active_count(),
        processes=processes,
        blocks=len(holder.session.background.runs),
        spills=holder.spills.count,
        spilled_bytes=holder.spills.used_bytes,
        runtime_files=len(sizes),
        runtime_bytes=sum(sizes),
    )


def _processes(shells: Iterable[int]) -> set[int]:
    return {*proc.descendants(os.getpid()), *members(shells)}


def _terminal(fd: int) -> str:
    """Return which terminal *fd* is the master side of; *fd* itself where Linux does not tell."""
    lines = proc.descriptor_info(os.getpid(), fd)
    return next((line for line in lines if line.startswith(TERMINAL)), str(fd))


def _sizes(directory: Path) -> list[int]:
    """Return the sizes of the files below *directory*."""
    found = []
    for place, _, names in os.walk(directory):
        for name in names:
            with suppress(OSError):  # gone by now
                found.append((Path(place) / name).lstat().st_size)
    return found
