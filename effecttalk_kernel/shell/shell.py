"""Shell: one living bash on its control terminal, from its start to its death.

Calls go down (run a block, signal it, type an answer); facts come up to one
listener as events. It knows no order of blocks and restores nothing by itself.
"""

import asyncio
import os
import secrets
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from effecttalk_kernel.errors import BlockError, ShellStartError
from effecttalk_kernel.shell import foreground
from effecttalk_kernel.shell.dialects import bash
from effecttalk_kernel.shell.marks import Kind, Mark, MarkReader
from effecttalk_kernel.shell.pool import TerminalPair
from effecttalk_kernel.shell.process import Ending, ShellProcess
from effecttalk_kernel.shell.terminal import Size, Terminal

OLDEST_BASH: Final = (4, 4)
IDLE_TAIL_BYTES: Final = 2_000
# A snapshot of 100 kB is written in 5 ms; a pipe holds 64 KiB.
COLLECT_SECONDS: Final = 0.002


@dataclass(frozen=True, slots=True)
class ShellOptions:
    """What a shell is started with."""

    program: str
    load_rc: bool
    size: Size
    environment: Mapping[str, str]
    cwd: str


@dataclass(frozen=True, slots=True)
class BlockStarted:
    """The shell has read the block and begins with it."""


@dataclass(frozen=True, slots=True)
class BlockEnded:
    """The block's last command is done; *leaving*: so is the shell."""

    number: int
    leaving: bool
    exit_status: int
    pipestatus: tuple[int, ...]
    line: int | None
    command: str
    cwd: str


@dataclass(frozen=True, slots=True)
class TerminalText:
    """What a program wrote to /dev/tty, or the echo of an answer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """The session's whole state, as a script, and the process groups of its jobs."""

    script: bytes
    job_groups: frozenset[int]


@dataclass(frozen=True, slots=True)
class ShellDied:
    """The shell's process is gone."""

    ending: Ending


ShellEvent = BlockStarted | BlockEnded | TerminalText | SnapshotTaken | ShellDied


class Shell:
    """A living shell. Its files lie in a directory of its own, mode 0700."""

    def __init__(self, process: ShellProcess, idle: Terminal, places: bash.Places, nonce: str):
        self.process = process
        self.places = places
        self.before_next_block = ""
        self._idle = idle
        self._marks = MarkReader(nonce)
        self._snapshot: list[bytes] = []
        self._idle_tail = b""
        self._listener: Callable[[ShellEvent], None] = lambda _: None
        self._ready: asyncio.Future[Mark | None] | None = None
        self._snapshot_fifo = _make_fifo(places.snapshot)
        self._go_fifo = _make_fifo(places.go)
        self._code = os.open(places.code, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @classmethod
    def spawn(
        cls, options: ShellOptions, directory: Path, *, restore: bytes = b""
    ) -> Self:
        """Start a shell and let it read its start script; returns before it is ready.

        Raises:
            ShellStartError: no such program, no terminal, or *directory* can't be written.
            TerminalError: no pseudo-terminal is free.

        """
        program = shutil.which(options.program, path=options.environment.get("PATH"))
        if program is None:
            raise ShellStartError(
                f"the shell {options.program!r} was not found: install it, or name another"
                " one with the setting Settings.shell or the variable EFFECTTALK_SHELL"
            )
        environment = {} if restore else options.environment
        process = ShellProcess.spawn(
            bash.arguments(program), environment, options.cwd, options.size
        )
        nonce = secrets.token_hex(16)
        try:
            directory.mkdir(mode=0o700)
            idle = Terminal.open(options.size)
            paths = [str(directory / name) for name in ("snapshot", "go", "code")]
            places = bash.Places(process.terminal.path, idle.path, *paths)
            restored = directory / "restore"
            if restore:
                _write_private(restored, restore)
            script = bash.start_script(
                places, nonce, load_rc=options.load_rc, restore=str(restored) if restore else ""
            )
            _write_private(directory / "start", script.encode())
            shell = cls(process, idle, places, nonce)
        except OSError as error:
            process.send(signal.SIGKILL)
            raise ShellStartError(
                f"the runtime directory {directory.parent} can't be used: {error.strerror};"
                " make room, or set JUPYTER_RUNTIME_DIR to another one"
            ) from error
        process.terminal.write(bash.source_line(str(directory / "start")).encode())
        return shell

    def attach(self, listener: Callable[[ShellEvent], None]) -> None:
        """Read from the shell in the running loop, and tell *listener* what happens."""
        loop = asyncio.get_running_loop()
        self._listener = listener
        self._ready = loop.create_future()
        self._collector = loop.call_soon(self._read_snapshot)
        loop.add_reader(self.process.terminal.master, self._read_control)
        loop.add_reader(self._idle.master, self._read_idle)
        loop.add_reader(self.process.pidfd, self._reap)

    async def ready(self, timeout_seconds: float) -> None:
        """Wait until the start script is through.

        Raises:
            ShellStartError: it is not in time, the shell ended, or it is too old.

        """
        assert self._ready is not None
        try:
            async with asyncio.timeout(timeout_seconds):
                mark = await asyncio.shield(self._ready)
        except TimeoutError:
            raise ShellStartError(
                f"the shell was not ready after {timeout_seconds:g} s{self._last_words()}"
            ) from None
        if mark is None:
            raise ShellStartError(f"the shell ended while it started{self._last_words()}")
        version = tuple(int(part) for part in mark.fields[0].split("(")[0].split(".")[:2])
        if version < OLDEST_BASH:
            raise ShellStartError(f"bash {mark.fields[0]} is too old: 4.4 or newer is needed")

    def run(self, number: int, code: str, pair: TerminalPair, *, interactive: bool) -> None:
        """Let the shell run a block; its terminals must be held.

        Raises:
            BlockError: the code can't be handed over; the shell is as it was.

        """
        try:
            self._write_code(bash.code_file(code, self.before_next_block))
        except ValueError as error:
            raise BlockError(str(error)) from error
        except OSError as error:
            raise BlockError(
                f"the block could not be written to {self.places.code}: {error.strerror};"
                " make room there and run the cell again"
            ) from error
        self.before_next_block = ""
        line = bash.block_line(
            number,
            stdin=self.places.control if interactive else bash.NULL_INPUT,
            stdout=pair.stdout.path,
            stderr=pair.stderr.path,
        )
        self.process.terminal.write(line.encode())

    def _write_code(self, data: bytes) -> None:
        os.ftruncate(self._code, 0)
        written = 0
        while written < len(data):
            written += os.pwrite(self._code, data[written:], written)

    def proceed(self) -> None:
        """Let the shell go back to its prompt, with nothing left to read there."""
        self.process.terminal.reset()
        self.release()

    def release(self) -> None:
        """End the shell's wait after a block; what is typed already stays."""
        os.write(self._go_fifo, b"\n")

    def has_thrown_block_away(self) -> bool:
        """Whether the shell has left the running block without an end mark.

        While a block runs, its standard output is a block terminal; after an
        interrupt, bash drops the rest of the line and is idle again.
        """
        return foreground.output_path(self.process.pid) == self.places.idle

    def is_at_prompt(self) -> bool:
        """Whether the shell itself waits for its next line."""
        waiting = self.waiting_process()
        return waiting is not None and waiting.pid == self.process.pid

    def type_ending(self, number: int) -> None:
        """Type the line that ends a block which was thrown away."""
        self.process.terminal.reset()
        self.process.terminal.write(bash.ending_line(number).encode())

    def waiting_process(self) -> foreground.Waiting | None:
        """Return the foreground process that waits for input from the terminal."""
        group = self.process.terminal.foreground()
        return foreground.waiting_process(self.process.pid, group, self.places.control)

    def close(self) -> None:
        """Stop reading and close everything; a process that still lives gets a hang-up."""
        if self._ready is not None:
            loop = asyncio.get_running_loop()
            for descriptor in (
                self.process.terminal.master,
                self._idle.master,
                self.process.pidfd,
            ):
                loop.remove_reader(descriptor)
            self._collector.cancel()
            self._ready.cancel()
            self._ready = None
        self.process.close()
        self._idle.close()
        for name in ("_snapshot_fifo", "_go_fifo", "_code"):
            descriptor = getattr(self, name)
            setattr(self, name, -1)
            if descriptor >= 0:
                os.close(descriptor)
        shutil.rmtree(Path(self.places.code).parent, ignore_errors=True)

    def _read_control(self) -> None:
        data = self.process.terminal.read()
        if data is None:  # the last slave descriptor is closed: _reap tells the rest
            asyncio.get_running_loop().remove_reader(self.process.terminal.master)
            return
        for piece in self._marks.feed(data):
            if isinstance(piece, Mark):
                self._mark(piece)
            else:
                self._listener(TerminalText(piece))

    def _mark(self, mark: Mark) -> None:
        match mark.kind:
            case Kind.READY:
                if self._ready is not None and not self._ready.done():
                    self._ready.set_result(mark)
            case Kind.STARTED:
                self._listener(BlockStarted())
            case Kind.ENDED:
                self._listener(_block_ended(mark))
                self._collect_snapshot()
            case Kind.SNAPSHOT:
                self._collector.cancel()
                self._read_snapshot()
                script = bash.snapshot_script(b"".join(self._snapshot))
                self._snapshot.clear()
                self.before_next_block = bash.chained_exit_trap(script)
                self._listener(SnapshotTaken(script, bash.job_groups(script)))

    def _read_idle(self) -> None:
        self._idle_tail = (self._idle_tail + (self._idle.read() or b""))[-IDLE_TAIL_BYTES:]

    def _collect_snapshot(self) -> None:
        """Empty the FIFO now and then: bash writes line by line, and would wake us each time."""
        self._read_snapshot()
        loop = asyncio.get_running_loop()
        self._collector = loop.call_later(COLLECT_SECONDS, self._collect_snapshot)

    def _read_snapshot(self) -> None:
        while True:
            try:
                data = os.read(self._snapshot_fifo, 1 << 16)
            except BlockingIOError:
                return
            self._snapshot.append(data)

    def _reap(self) -> None:
        loop = asyncio.get_running_loop()
        while data := self.process.terminal.read():
            for piece in self._marks.feed(data):
                if isinstance(piece, Mark):
                    self._mark(piece)
        ending = self.process.ending()
        if ending is None:
            return
        loop.remove_reader(self.process.pidfd)
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
        self._listener(ShellDied(ending))

    def _last_words(self) -> str:
        self._read_idle()
        words = self._idle_tail.decode(errors="replace").strip()
        return f"; its start-up files printed: {words[-500:]}" if words else ""

    def __repr__(self) -> str:
        return f"<Shell {self.process!r}>"


def _block_ended(mark: Mark) -> BlockEnded:
    number, kind, status, line, command, cwd, *pipestatus = mark.fields
    return BlockEnded(
        number=int(number),
        leaving=kind == "exit",
        exit_status=int(status),
        pipestatus=tuple(map(int, pipestatus)),
        line=int(line) if line.isdigit() else None,
        command=command,
        cwd=cwd,
    )


def _make_fifo(path: str) -> int:
    """Return a descriptor open for both ends, so that the shell never waits to open it."""
    os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
