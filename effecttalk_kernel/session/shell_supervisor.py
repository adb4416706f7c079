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
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.spawn import ShellOptions, spawn

log = logging.getLogger("effecttalk.shell")


# With its state, with the one before, without one, and once more.
STARTS: Final = 5


@dataclass(frozen=True, slots=True)
class SupervisorOptions:
    """How shells are started."""

    shell: ShellOptions
    runtime_directory: Path
    spawn_timeout_seconds: float


class ShellSupervisor:
    """The session's shell, replaced when it dies; owns it."""

    def __init__(self, options: SupervisorOptions) -> None:
        self._options = options
        self._listener: Callable[[ShellEvent], None] = lambda _: None
        self._spawned: Shell | None = None
        self._starting: asyncio.Task[Shell] | None = None
        self._count = 0
        self._is_barren = False
        self._is_outdated = False
        self._earlier = Snapshot()
        self._retired: set[Shell] = set()
        self.shell: Shell | None = None
        self.snapshot = Snapshot()
        self.sessions: list[int] = []
        self._warnings: list[str] = []

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
        raise ShellStartError(
            "every shell ends as soon as it has started: look for what ends it in ~/.bashrc and"
            " PROMPT_COMMAND, or set EFFECTTALK_LOAD_RC=0"
        )

    def prepare(self) -> None:
        """Begin to start a shell, so that the next block finds it ready."""
        is_starting = self._starting is not None and not self._starting.done()
        if self.shell is None and not is_starting:
            self._starting = asyncio.get_running_loop().create_task(self._start())
            # get() raises what went wrong, to the block that needs the shell.
            self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())

    def replace(self, state: Snapshot) -> None:
        """Go on in a shell that begins with *state*; the one there is ends, its jobs live on.

        If none can begin with it, the next one has the state from before.
        """
        if self.shell is not None:
            self.shell.read_snapshot()
            self._retire(self.shell)
            self.shell = None
        elif self._starting is not None and not self._starting.done():
            self._is_outdated = True
        elif self._spawned is not None:
            self._give_up(self._spawned)
            self._spawned = None
        if not self._earlier.written:
            self._earlier = self.snapshot
        self.snapshot = state
        self.prepare()

    def _retire(self, shell: Shell) -> None:
        self._retired.add(shell)
        shell.retire(self._retired.discard)

    def warn(self, text: str) -> None:
        """Let the next block tell the user what they must know of how it was started."""
        if text not in self._warnings:
            self._warnings.append(text)

    def take_warnings(self) -> list[str]:
        """Return once what the user must know."""
        warnings, self._warnings = self._warnings, []
        return warnings

    async def close(self) -> None:
        """Close the shell's terminal and files; its processes must be ended before."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        for shell in (self.shell, self._spawned, *self._retired):
            if shell is not None:
                shell.close()
        self.shell = self._spawned = None

    def _spawn(self, options: ShellOptions) -> Shell:
        self._count += 1
        directory = self._options.runtime_directory / f"shell-{self._count}"
        shell = spawn(options, directory, restore=self.snapshot.script)
        self.sessions.append(shell.process.pid)
        return shell

    async def _start(self) -> Shell:
        shell = await self._begin()
        while self._is_outdated:
            self._is_outdated = False
            self._retire(shell)
            shell = await self._begin()
        self.shell = shell
        self._is_barren = True
        return shell

    async def _begin(self) -> Shell:
        """Return a shell that has begun, with less and less to begin with when it can't."""
        options = self._options.shell
        warning = ""
        while True:
            try:
                shell = await self._attempt(options)
            except ShellStartError as error:
                remedy = self._fall_back(options)
                if not remedy or self._spawned_nothing(error):
                    raise
                warning = f"{error}; this shell runs {remedy}"
                options = replace(options, load_rc=False)
            else:
                if warning:
                    self.warn(warning)
                return shell

    def _fall_back(self, options: ShellOptions) -> str:
        """Do without what a shell could not begin with; say what the next one has."""
        if self._earlier.written:
            self.snapshot, self._earlier = self._earlier, Snapshot()
            return "with the state from before"
        if self.snapshot.written:
            self.snapshot = Snapshot()
            return "with nothing of the last shell"
        return "without start-up files" if options.load_rc else ""

    @staticmethod
    def _spawned_nothing(error: ShellStartError) -> bool:
        return error.__cause__ is not None or "not found" in str(error)

    async def _attempt(self, options: ShellOptions) -> Shell:
        shell, self._spawned = self._spawned or self._spawn(options), None
        shell.attach(self._hear)
        try:
            await shell.ready(self._options.spawn_timeout_seconds)
            if shell.is_dead:
                raise ShellStartError("the shell ended as soon as it was ready")
        except asyncio.CancelledError:
            self._give_up(shell)
            raise
        except ShellStartError as error:
            self._give_up(shell)
            raise ShellStartError(f"{error}{self._hint(options)}") from None
        return shell

    @staticmethod
    def _hint(options: ShellOptions) -> str:
        """Return what may keep a shell from starting besides its start-up files."""
        limits = options.limits
        low = [
            name
            for name, limit in (
                ("cpu_limit", limits.cpu_seconds),
                ("memory_limit", limits.memory_bytes),
                ("file_size_limit", limits.file_bytes),
            )
            if limit
        ]
        return f"; too low for it may be: {', '.join(low)}" if low else ""

    @staticmethod
    def _give_up(shell: Shell) -> None:
        shell.process.send(signal.SIGKILL)
        shell.close()

    def _hear(self, event: ShellEvent) -> None:
        if isinstance(event, SnapshotTaken):
            self.snapshot = event.snapshot
        elif isinstance(event, BlockStarted):
            self._is_barren = False
            self._earlier = Snapshot()
        dead = self.shell if isinstance(event, ShellDied) else None
        if dead is not None:
            self.shell = None
            if self._is_barren:
                # What was restored ends every shell (PROMPT_COMMAND=exit).
                self.snapshot, self._earlier = self._earlier, Snapshot()
                has = "has the state from before" if self.snapshot.written else "starts afresh"
                self.warn(f"the restored shell ended at once; this one {has}")
        self._listener(event)
        if dead is not None:
            dead.close()
