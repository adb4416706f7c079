"""Keeper: sees to it that there is a shell, and that a new one has the old one's state."""

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import ShellStartError, TerminalError
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.events import BlockStarted, ShellDied, ShellEvent, SnapshotTaken
from effecttalk_kernel.shell.shell import Shell, ShellOptions

log = logging.getLogger("effecttalk.shell")


# With its state, without it, and once more.
STARTS: Final = 4


@dataclass(frozen=True, slots=True)
class KeeperOptions:
    """How shells are started."""

    shell: ShellOptions
    runtime_directory: Path
    start_timeout_seconds: float


class ShellKeeper:
    """The session's shell, replaced when it dies; owns it."""

    def __init__(self, options: KeeperOptions) -> None:
        self._options = options
        self._listener: Callable[[ShellEvent], None] = lambda _: None
        self._spawned: Shell | None = None
        self._starting: asyncio.Task[Shell] | None = None
        self._count = 0
        self._is_barren = False
        self.shell: Shell | None = None
        self.snapshot = Snapshot()
        self.sessions: list[int] = []
        self.warning = ""

    def spawn(self) -> None:
        """Start the first shell's process before there is a loop; errors show in get()."""
        try:
            self._spawned = self._spawn(self._options.shell)
        except (ShellStartError, TerminalError) as error:
            log.warning("shell.failed %s", error)

    def listen(self, listener: Callable[[ShellEvent], None]) -> None:
        """Tell *listener* what every shell says from now on."""
        self._listener = listener

    async def get(self) -> Shell:
        """Return the shell, once it is ready; starts one if there is none.

        Raises:
            ShellStartError: it can't be started.
            TerminalError: no pseudo-terminal is free.

        """
        for _ in range(STARTS):
            if self.shell is not None:
                return self.shell
            self.prepare()
            assert self._starting is not None
            # The shell that comes of it may have died before we hear of it.
            await asyncio.shield(self._starting)
        raise ShellStartError("every shell ends as soon as it has started")

    def prepare(self) -> None:
        """Begin to start a shell, so that the next block finds it ready."""
        is_starting = self._starting is not None and not self._starting.done()
        if self.shell is None and not is_starting:
            self._starting = asyncio.get_running_loop().create_task(self._start())
            # get() raises what went wrong, to the block that needs the shell.
            self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())

    def take_warning(self) -> str:
        """Return once what the user must know of how the shell was started."""
        warning, self.warning = self.warning, ""
        return warning

    async def close(self) -> None:
        """Close the shell's terminal and files; its processes must be ended before."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        for shell in (self.shell, self._spawned):
            if shell is not None:
                shell.close()
        self.shell = self._spawned = None

    def _spawn(self, options: ShellOptions) -> Shell:
        self._count += 1
        directory = self._options.runtime_directory / f"shell-{self._count}"
        shell = Shell.spawn(options, directory, restore=self.snapshot.script)
        self.sessions.append(shell.process.pid)
        return shell

    async def _start(self) -> Shell:
        options = self._options.shell
        try:
            return await self._attempt(options)
        except ShellStartError as error:
            if not (options.load_rc or self.snapshot.written) or self._spawned_nothing(error):
                raise
            lost = (
                "with nothing of the last shell"
                if self.snapshot.written
                else "without start-up files"
            )
            self.warning = f"{error}; this shell runs {lost}"
            self.snapshot = Snapshot()
            return await self._attempt(replace(options, load_rc=False))

    @staticmethod
    def _spawned_nothing(error: ShellStartError) -> bool:
        return error.__cause__ is not None or "not found" in str(error)

    async def _attempt(self, options: ShellOptions) -> Shell:
        shell, self._spawned = self._spawned or self._spawn(options), None
        shell.attach(self._hear)
        try:
            await shell.ready(self._options.start_timeout_seconds)
            if shell.is_dead:
                raise ShellStartError("the shell ended as soon as it was ready")
        except (ShellStartError, asyncio.CancelledError):
            shell.process.send(signal.SIGKILL)
            shell.close()
            raise
        self.shell = shell
        self._is_barren = True
        return shell

    def _hear(self, event: ShellEvent) -> None:
        if isinstance(event, SnapshotTaken):
            self.snapshot = event.snapshot
        elif isinstance(event, BlockStarted):
            self._is_barren = False
        dead = self.shell if isinstance(event, ShellDied) else None
        if dead is not None:
            self.shell = None
            if self._is_barren:
                # What was restored ends every shell (PROMPT_COMMAND=exit).
                self.snapshot = Snapshot()
                self.warning = "the restored shell ended at once; this one starts afresh"
        self._listener(event)
        if dead is not None:
            dead.close()
