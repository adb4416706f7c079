"""ShellSupervisor: keeps a shell running, and restores the state of one that has died."""

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
from effecttalk_kernel.shell.prompt_hooks import PromptHooks
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.spawn import ShellOptions, spawn

log = logging.getLogger("effecttalk.shell")

# With the last state, with the one before, with none, and some more.
MAX_STARTS: Final = 5


@dataclass(frozen=True, slots=True)
class SupervisorOptions:
    """How the shells of a session are started."""

    shell: ShellOptions
    runtime_directory: Path
    spawn_timeout_seconds: float


class ShellSupervisor:
    """Owns the session's shell, and starts another when it dies."""

    def __init__(self, options: SupervisorOptions) -> None:
        self._options = options
        self._listener: Callable[[ShellEvent], None] = lambda _: None
        self._spawned: Shell | None = None
        self._starting: asyncio.Task[Shell] | None = None
        self._count = 0
        self._has_run_nothing = False  # the shell has begun no block yet
        self._is_outdated = False  # the state to restore was replaced while a shell started
        self._earlier = Snapshot()  # to fall back to if no shell can begin with *snapshot*
        self._retired: set[Shell] = set()
        self.shell: Shell | None = None
        self.snapshot = Snapshot()
        self.sessions: list[int] = []
        self._warnings: list[str] = []
        self._broken_hooks: list[str] = []

    def spawn(self) -> None:
        """Start the first shell's process before there is a loop; get() reports errors."""
        try:
            self._spawned = self._spawn(self._options.shell)
        except (ShellStartError, TerminalError) as error:
            log.warning("shell.failed %s", error)

    def listen(self, listener: Callable[[ShellEvent], None]) -> None:
        """Pass the events of every shell to *listener* from now on."""
        self._listener = listener

    async def get(self) -> Shell:
        """Return the shell when it is ready; start one if there is none.

        Raises:
            ShellStartError: no shell can be started.
            TerminalError: no pseudo-terminal is free.

        """
        for _ in range(MAX_STARTS):
            if self.shell is not None:
                return self.shell
            self.prepare()
            assert self._starting is not None
            # The new shell may die before this task runs again.
            await asyncio.shield(self._starting)
        raise ShellStartError(
            "every shell ends as soon as it has started: look for what ends it in ~/.bashrc and"
            " PROMPT_COMMAND, or set EFFECTTALK_LOAD_RC=0"
        )

    def prepare(self) -> None:
        """Start a shell unless there is one, so that the next block finds it ready."""
        is_starting = self._starting is not None and not self._starting.done()
        if self.shell is None and not is_starting:
            self._starting = asyncio.get_running_loop().create_task(self._start())
            # get() raises the error for the block that needs the shell.
            self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())

    def replace(self, state: Snapshot) -> None:
        """Replace the shell by one that begins with *state*; jobs of the old one live on.

        If no shell can begin with it, the next one has the state from before.
        """
        if self.shell is not None:
            self.shell.read_snapshot()
            self._retire(self.shell)
            self.shell = None
        elif self._starting is not None and not self._starting.done():
            self._is_outdated = True
        elif self._spawned is not None:
            self._kill(self._spawned)
            self._spawned = None
        if not self._earlier.written:
            self._earlier = self.snapshot
        self.snapshot = state
        self.prepare()

    def _retire(self, shell: Shell) -> None:
        self._retired.add(shell)
        shell.retire(self._retired.discard)

    def warn(self, text: str) -> None:
        """Let the next block show the user a warning about its shell."""
        if text not in self._warnings:
            self._warnings.append(text)

    def take_warnings(self) -> list[str]:
        """Return the warnings for the user, each of them once."""
        warnings, self._warnings = self._warnings, []
        return warnings

    async def close(self) -> None:
        """Close the shell's terminal and files; its processes must have ended before."""
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
        shell = spawn(
            options, directory, restore=self.snapshot.script, broken_hooks=self._broken_hooks
        )
        self.sessions.append(shell.process.pid)
        return shell

    async def _start(self) -> Shell:
        shell = await self._begin()
        while self._is_outdated:
            self._is_outdated = False
            self._retire(shell)
            shell = await self._begin()
        self.shell = shell
        self._has_run_nothing = True
        return shell

    async def _begin(self) -> Shell:
        """Return a shell that has started; restore less and less until one does."""
        options = self._options.shell
        warning = ""
        while True:
            try:
                shell = await self._attempt(options)
            except ShellStartError as error:
                fallback = self._fall_back(options)
                if not fallback or self._spawned_nothing(error):
                    raise
                warning = f"{error}; this shell runs {fallback}"
                options = replace(options, load_rc=False)
            else:
                if warning:
                    self.warn(warning)
                return shell

    def _fall_back(self, options: ShellOptions) -> str:
        """Drop what a shell could not begin with; describe what the next one begins with."""
        if self._earlier.written:
            self.snapshot, self._earlier = self._earlier, Snapshot()
            return "with the state from before"
        if self.snapshot.written:
            self.snapshot = Snapshot()
            return "without the state of the last shell"
        return "without start-up files" if options.load_rc else ""

    @staticmethod
    def _spawned_nothing(error: ShellStartError) -> bool:
        return error.__cause__ is not None or "not found" in str(error)

    async def _attempt(self, options: ShellOptions) -> Shell:
        shell, self._spawned = self._spawned or self._spawn(options), None
        shell.attach(self._hear)
        try:
            await shell.wait_until_ready(self._options.spawn_timeout_seconds)
            await shell.hooks.wait()
            if shell.is_dead and shell.hooks.fault:
                self._skip_hook(shell.hooks)
                shell.close()
                return await self._attempt(options)
            if shell.is_dead:
                raise ShellStartError("the shell ended as soon as it was ready")
        except asyncio.CancelledError:
            self._kill(shell)
            raise
        except ShellStartError as error:
            self._kill(shell)
            raise ShellStartError(f"{error}{self._hint(options)}") from None
        return shell

    @staticmethod
    def _hint(options: ShellOptions) -> str:
        """Return which limits may keep a shell from starting, besides its start-up files."""
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
        return f"; these limits may be too low: {', '.join(low)}" if low else ""

    def _skip_hook(self, hooks: PromptHooks) -> None:
        """Let no shell run again the hook that has ended one."""
        self._broken_hooks.append(hooks.current)
        self.warn(f"{hooks.fault}: a new shell runs without it")

    @staticmethod
    def _kill(shell: Shell) -> None:
        shell.process.send(signal.SIGKILL)
        shell.close()

    def _hear(self, event: ShellEvent) -> None:
        if isinstance(event, SnapshotTaken):
            self.snapshot = event.snapshot
        elif isinstance(event, BlockStarted):
            self._has_run_nothing = False
            self._earlier = Snapshot()
        dead = self.shell if isinstance(event, ShellDied) else None
        if dead is not None:
            self.shell = None
            if dead.hooks.current:
                self._skip_hook(dead.hooks)
            elif self._has_run_nothing:
                # The restored state ends every shell (PROMPT_COMMAND=exit).
                self.snapshot, self._earlier = self._earlier, Snapshot()
                has = "has the state from before" if self.snapshot.written else "starts afresh"
                self.warn(f"the restored shell ended at once; this one {has}")
        self._listener(event)
        if dead is not None:
            dead.close()
