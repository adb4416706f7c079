"""Resources: the call that reports what the kernel uses now.

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
from effecttalk_kernel.shell.process_tree import find_members
from effecttalk_kernel.store.spill.writer import SpillFolder

# The file of every pseudo-terminal's master side, pts(4), and the line in fdinfo that has
# the terminal's number: one terminal may have two descriptors.
MASTER: Final = "ptmx"
TERMINAL_NUMBER: Final = "tty-index:"


@dataclass(frozen=True, slots=True)
class Resources:
    """What a kernel uses, and its limits; *most_terminals* is for the whole system.

    *processes* are all that the kernel and its shells have started.
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
class ResourceCommand:
    """Answers the call from the parts of a kernel that use resources."""

    spills: SpillFolder
    session: ShellSession
    runtime_directory: Path

    async def run(self, _arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Answer the call."""
        # In a thread: it reads all processes of the machine.
        processes = await asyncio.to_thread(_find_processes, self.session.shells)
        return asdict(count_resources(self, processes=len(processes)))


def count_resources(parts: ResourceCommand, *, processes: int) -> Resources:
    """Return what the kernel uses now."""
    open_files = proc.open_files(os.getpid())
    masters = [fd for fd, path in open_files.items() if Path(path).name == MASTER]
    terminals = proc.terminals()
    sizes = _sizes(parts.runtime_directory)
    return Resources(
        descriptors=len(open_files),
        most_descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        terminals=len(set(map(_terminal, masters))),
        most_terminals=None if terminals is None else terminals.most,
        threads=threading.active_count(),
        processes=processes,
        blocks=len(parts.session.background.runs),
        spills=parts.spills.count,
        spilled_bytes=parts.spills.used_bytes,
        runtime_files=len(sizes),
        runtime_bytes=sum(sizes),
    )


def _find_processes(shells: Iterable[int]) -> set[int]:
    return {*proc.descendants(os.getpid()), *find_members(shells)}


def _terminal(fd: int) -> str:
    """Return an identity of the terminal of *fd*, its own one if the system reports none."""
    lines = proc.descriptor_info(os.getpid(), fd)
    return next((line for line in lines if line.startswith(TERMINAL_NUMBER)), str(fd))


def _sizes(directory: Path) -> list[int]:
    """Return the sizes of the files below *directory*."""
    found = []
    for place, _, names in os.walk(directory):
        for name in names:
            with suppress(OSError):  # removed meanwhile
                found.append((Path(place) / name).lstat().st_size)
    return found
