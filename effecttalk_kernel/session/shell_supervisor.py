"""ShellSupervisor: keeps a shell running, and restores the state of one that has died."""

import asyncio
import logging
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import ShellStartError, TerminalError
from effecttalk_kernel.shell.dialects.bash import Snapshot, split_trap
from effecttalk_kernel.shell.events import (
    BlockEnded,
    BlockStarted,
    ShellDied,
    ShellEvent,
    SnapshotTaken,
)
from effecttalk_kernel.shell.process_tree import Sessions
from effecttalk_kernel.shell.prompt_hooks import PromptHooks
from effecttalk_kernel.shell.shell import Shell, ShellTimeoutError
from effecttalk_kernel.shell.spawn import ShellOptions, spawn

log = logging.getLogger("effecttalk.shell")

ENDS_SHELL: Final = re.compile(rb"\b(?:exit|exec|kill|logout)\b")

# Twice with the last state, with the one before, with none, and some more.
MAX_STARTS: Final = 6
# How many times longer the second try with a state may take.
PATIENCE: Final = 3
# A shell that ends although it has run nothing may have been killed; two must be the state.
MAX_IDLE_DEATHS: Final = 1


@dataclass(frozen=True, slots=True)
class SupervisorOptions:
    """How the shells of a session are started."""

    shell: ShellOptions
    runtime_directory: Path
    spawn_timeout_seconds: float


@dataclass(frozen=True, slots=True)
class StartAttempt:
    """One way to start a shell; *loss* says what it runs without.

    *is_patient*: it is made only if the one before took too long.
    """

    options: ShellOptions
    state: Snapshot
    seconds: float
    loss: str = ""
    is_patient: bool = False


class ShellSupervisor:
    """Owns the session's shell, and starts another when it dies."""

    def __init__(self, options: SupervisorOptions) -> None:
        self._options = options
        self._listener: Callable[[ShellEvent], None] = lambda _: None
        self._spawned: Shell | None = None
        self._starting: asyncio.Task[Shell] | None = None
        self._idle_deaths = 0  # of shells in a row that have begun no block
        self._has_run_nothing = False  # the shell has begun no block yet
        self._is_outdated = False  # the state to restore was replaced while a shell started
        self._earlier = Snapshot()  # to fall back to if no shell can begin with *snapshot*
        self._retired: set[Shell] = set()
        self.shell: Shell | None = None
        self.snapshot = Snapshot()
        self.sessions = Sessions()
        self._warnings: list[str] = []
        self._is_left = False  # the last block has ended the shell
        self._broken_hooks: list[str] = []

    def spawn(self) -> None:
        """Start the first shell's process before there is a loop; get() reports errors."""
        try:
            self._spawned = self._spawn(next(self._attempts()))
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
        if self._earlier.is_empty:
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

    @property
    def settings(self) -> Snapshot:
        """Options, traps and jobs after the last block; the rest may not be written yet."""
        settings = None if self.shell is None else self.shell.settings
        return self.snapshot if settings is None else settings

    async def close(self) -> None:
        """Close the shell's terminal and files; its processes must have ended before."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        for shell in (self.shell, self._spawned, *self._retired):
            if shell is not None:
                shell.close()
        self.shell = self._spawned = None

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
        """Return a shell that has started; restore less and less until one does.

        The state is given up only for a shell that starts without it: if none starts, the
        state was not the reason, and the next try restores it.
        """
        newest = self.snapshot
        problem: ShellStartError | None = None
        for attempt in self._attempts():
            if attempt.is_patient and not isinstance(problem, ShellTimeoutError):
                continue
            shell, self._spawned = self._spawned or self._spawn(attempt), None
            try:
                shell = await self._prepare(shell, attempt)
            except ShellStartError as error:
                problem = error
                continue
            if problem is not None and attempt.loss:
                self.warn(f"{problem}{self._hint()}; this shell runs {attempt.loss}")
            if attempt.state is not newest and not self._is_outdated:
                self._earlier = Snapshot()
                if self.snapshot is newest:  # otherwise the shell has told its own already
                    self.snapshot = attempt.state
            return shell
        assert problem is not None
        raise ShellStartError(f"{problem}{self._hint()}") from None

    def _attempts(self) -> Iterator[StartAttempt]:
        """Yield the ways to start a shell, the one that keeps the most first."""
        options, seconds = self._options.shell, self._options.spawn_timeout_seconds
        bare = replace(options, load_rc=False)
        yield StartAttempt(options, self.snapshot, seconds)
        if not self.snapshot.is_empty:
            # The machine may be busy, and losing a state is worse than waiting.
            yield StartAttempt(options, self.snapshot, PATIENCE * seconds, is_patient=True)
        if not self._earlier.is_empty:
            yield StartAttempt(options, self._earlier, seconds, "with the state from before")
        if not self.snapshot.is_empty:
            loss = "without the state of the last shell"
            yield StartAttempt(bare, Snapshot(), seconds, loss)
        elif options.load_rc:
            yield StartAttempt(bare, Snapshot(), seconds, "without start-up files")

    def _spawn(self, attempt: StartAttempt) -> Shell:
        script, trap = attempt.state.script, b""
        if self._is_left:  # by `exit` in a block, or in a DEBUG trap, which would end each one
            script, trap = split_trap(script, "DEBUG")
        if not ENDS_SHELL.search(trap):
            script = attempt.state.script
        elif trap:
            self.warn("the DEBUG trap ends the shell: a new shell runs without it")
        shell = spawn(attempt.options, restore=script, broken_hooks=self._broken_hooks)
        self.sessions.add(shell.process.pid)
        return shell

    async def _prepare(self, shell: Shell, attempt: StartAttempt) -> Shell:
        """Return *shell* when it is ready, or another one without a hook that has ended it."""
        has_failed = False
        while True:
            try:
                await self._wait_for(shell, attempt)
            except ShellStartError:
                if has_failed or not shell.is_lost:
                    raise
                has_failed = True  # by a fault of the kernel: the next one may start
            else:
                if not shell.is_dead:
                    return shell
                self._skip_hook(shell.hooks)
                shell.close()
            shell = self._spawn(attempt)

    async def _wait_for(self, shell: Shell, attempt: StartAttempt) -> None:
        """Wait until a shell is ready; kill one that is not.

        Raises:
            ShellStartError: it is not.

        """
        shell.attach(self._hear)
        try:
            await shell.wait_until_ready(attempt.seconds)
            await shell.hooks.wait()
            if shell.is_dead and not shell.hooks.fault:
                raise ShellStartError("the shell ended as soon as it was ready")
        except (asyncio.CancelledError, ShellStartError):
            self._kill(shell)
            raise

    def _hint(self) -> str:
        """Return which limits may keep a shell from starting, besides its start-up files."""
        limits = self._options.shell.limits
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
        elif isinstance(event, BlockEnded):
            self._is_left = event.leaving
        elif isinstance(event, BlockStarted):
            self._has_run_nothing = False
            self._idle_deaths = 0
            self._earlier = Snapshot()
        dead = self.shell if isinstance(event, ShellDied) else None
        if dead is not None:
            self.shell = None
            if dead.hooks.fault:
                self._skip_hook(dead.hooks)
            else:
                self._idle_deaths += self._has_run_nothing
            if self._idle_deaths > MAX_IDLE_DEATHS:
                # The restored state ends every shell (PROMPT_COMMAND=exit).
                self.snapshot, self._earlier = self._earlier, Snapshot()
                has = "starts afresh" if self.snapshot.is_empty else "has the state from before"
                self.warn(f"the restored shell ended at once; this one {has}")
        self._listener(event)
        if dead is not None:
            dead.close()
