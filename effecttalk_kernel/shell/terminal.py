"""Terminal: the master side of a pseudo-terminal.

Only this module uses termios and ioctls, see tty_ioctl(4), termios(3) and ioctl_tty(2).
"""

import errno
import fcntl
import os
import select
import struct
import termios
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final, NamedTuple, Self

from effecttalk_kernel.errors import TerminalError

# One read of a master returns what fits into the buffer of N_TTY, 4,096 bytes, or a little more.
READ_SIZE: Final = 65_536
# More than a terminal can hold (64 KiB in the tty's buffer and 4 KiB in the line discipline):
# what is read after that was written during the read.
MAX_HELD_BYTES: Final = 131_072
OUTPUT_FLAGS, LOCAL_FLAGS = 1, 3
# The keys with a meaning in canonical mode, termios(3).
MEANINGS: Final = (
    *(termios.VINTR, termios.VQUIT, termios.VSUSP, termios.VEOF, termios.VEOL, termios.VEOL2),
    *(termios.VERASE, termios.VWERASE, termios.VKILL, termios.VREPRINT, termios.VLNEXT),
    *(termios.VSTART, termios.VSTOP),
)

# What tcgetattr returns, without the output flags: a terminal of a block keeps its own.
Modes = tuple[Any, ...]


class TerminalSize(NamedTuple):
    """Rows and columns of a terminal."""

    rows: int
    columns: int


class LineDiscipline(NamedTuple):
    """How a terminal treats keys, see termios(3)."""

    local_flags: int
    keys: tuple[bytes, ...]

    @classmethod
    def read(cls, descriptor: int) -> Self:
        """Return that of an open terminal."""
        _, _, _, local_flags, _, _, keys = termios.tcgetattr(descriptor)
        return cls(
            local_flags, tuple(bytes([key]) if isinstance(key, int) else key for key in keys)
        )

    @property
    def echo(self) -> bool:
        """Whether keys are shown."""
        return bool(self.local_flags & termios.ECHO)

    @property
    def is_canonical(self) -> bool:
        """Whether programs get whole lines, which can be edited before."""
        return bool(self.local_flags & termios.ICANON)

    @property
    def end_of_file_key(self) -> bytes:
        """The key for end of file (VEOF)."""
        return self.keys[termios.VEOF]

    @property
    def signal_keys(self) -> bytes:
        """The keys that send a signal to the foreground process group, if any do (ISIG)."""
        if not self.local_flags & termios.ISIG:
            return b""
        keys = (self.keys[name] for name in (termios.VINTR, termios.VQUIT, termios.VSUSP))
        return b"".join(key for key in keys if key != b"\0")

    @property
    def submit_key(self) -> bytes:
        """The key that submits an unfinished line; raw modes need none."""
        return self.end_of_file_key if self.is_canonical else b""

    def literal_keys(self, text: bytes) -> bytes:
        """Return the keys that type *text* literally: those with a meaning are quoted (VLNEXT)."""
        if not (self.is_canonical and self.local_flags & termios.IEXTEN):
            return text
        meaning = {self.keys[name] for name in MEANINGS} - {b"\0"}
        quote = self.keys[termios.VLNEXT]
        return b"".join(
            quote + key if key in meaning else key
            for key in (text[at : at + 1] for at in range(len(text)))
        )


class Terminal:
    """The master side, which does not block, and the path of the slave; owns its descriptors.

    *name* is what /proc shows for a descriptor of the slave.
    """

    most_held_bytes = MAX_HELD_BYTES

    def __init__(self, master: int, slave: int, *, echo: bool) -> None:
        self.master = master
        self.path = os.ttyname(slave)
        self.name = self.path
        self._held = slave
        os.set_blocking(master, False)
        attributes = termios.tcgetattr(slave)
        attributes[OUTPUT_FLAGS] &= ~termios.OPOST  # "\n" stays "\n"
        if not echo:
            attributes[LOCAL_FLAGS] &= ~termios.ECHO
        self._attributes = attributes
        self.reset()

    @classmethod
    def open(cls, size: TerminalSize, *, echo: bool = False) -> Self:
        """Open a new terminal; only with *echo* does it show what is typed.

        Raises:
            TerminalError: no pseudo-terminal or no descriptor is free.

        """
        with ExitStack() as on_failure:
            try:
                master, slave = os.openpty()
            except OSError as error:
                raise TerminalError(
                    f"no free pseudo-terminal ({error.strerror}): end programs that hold"
                    " terminals, or raise kernel.pty.max or the limit of open files"
                ) from error
            on_failure.callback(os.close, master)
            on_failure.callback(os.close, slave)
            terminal = cls(master, slave, echo=echo)
            terminal.resize(size)
            on_failure.pop_all()
        return terminal

    def resize(self, size: TerminalSize) -> None:
        """Set the size that the programs on the slave side see."""
        packed = struct.pack("HHHH", size.rows, size.columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, packed)

    def hold(self) -> None:
        """Keep a descriptor of the slave open, so that the master does not read as hung up."""
        if self._held < 0:
            self._held = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)

    def release(self) -> None:
        """Close the held descriptor; after that, a hang-up means that no process writes."""
        held, self._held = self._held, -1
        if held >= 0:
            os.close(held)

    @property
    def is_held(self) -> bool:
        """Whether a descriptor of the slave is kept open, as a block needs that runs."""
        return self._held >= 0

    def reset(self) -> None:
        """Drop unread input and undo the changes that programs made with stty."""
        self.drop_input()
        termios.tcsetattr(self._held, termios.TCSANOW, self._attributes)

    @property
    def initial_modes(self) -> "Modes":
        """How it treated input before any program changed that."""
        return _without_output_flags(self._attributes)

    def modes(self) -> "Modes":
        """Return how it treats input; the slave must be held."""
        return _without_output_flags(termios.tcgetattr(self._held))

    def set_modes(self, modes: "Modes") -> None:
        """Treat input in the same way as another terminal."""
        attributes: list[Any] = [*modes]
        attributes.insert(OUTPUT_FLAGS, termios.tcgetattr(self._held)[OUTPUT_FLAGS])
        termios.tcsetattr(self._held, termios.TCSANOW, attributes)

    def translate_line_ends(self) -> None:
        """Add a carriage return to each line feed, as programs that draw on a terminal expect."""
        attributes = termios.tcgetattr(self._held)
        attributes[OUTPUT_FLAGS] |= termios.OPOST | termios.ONLCR
        termios.tcsetattr(self._held, termios.TCSANOW, attributes)

    def drop_input(self) -> None:
        """Drop typed input that was not read yet."""
        termios.tcflush(self._held, termios.TCIFLUSH)

    def take_input(self) -> bytes:
        """Read what was typed and no program has read; the terminal is in a raw mode."""
        pieces = []
        with suppress(BlockingIOError), _open(self.path) as descriptor:
            while piece := os.read(descriptor, READ_SIZE):
                pieces.append(piece)
        return b"".join(pieces)

    def line_discipline(self) -> "LineDiscipline":
        """Return how the terminal treats keys now; the slave must be held."""
        return LineDiscipline.read(self._held)

    def has_unread_input(self) -> bool:
        """Return whether a program could read what was typed, or an end of file, at once.

        Typed bytes reach the line discipline through a kernel thread, which may be late on a
        busy machine. Polling the slave waits for that thread (n_tty_poll in drivers/tty/n_tty.c),
        and sees a typed end of file; TIOCINQ does neither.
        """
        return _has_unread_input(self._held)

    def foreground(self) -> int:
        """Return the foreground process group; 0 if there is none."""
        try:
            return os.tcgetpgrp(self.master)
        except OSError:
            return 0

    def read(self, max_bytes: int = READ_SIZE) -> bytes | None:
        """Return the bytes that can be read, b"" if there are none yet, None after a hang-up.

        A read that finds nothing flushes the line discipline first, so it returns all that was
        written before the call.
        """
        try:
            return os.read(self.master, max_bytes)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.EIO:
                return None
            raise

    def write(self, data: bytes) -> int:
        """Type *data* for the slave side; return how many bytes were accepted."""
        try:
            return os.write(self.master, data)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        """Close both sides; may be called twice."""
        self.release()
        # Forget the number before closing it: it may be that of another file as soon as
        # close() returns.
        master, self.master = self.master, -1
        if master >= 0:
            os.close(master)

    def __repr__(self) -> str:
        return f"<Terminal {self.path}{' held' if self._held >= 0 else ''}>"


def _without_output_flags(attributes: Sequence[Any]) -> Modes:
    return (*attributes[:OUTPUT_FLAGS], *attributes[OUTPUT_FLAGS + 1 :])


def reads_lines(modes: Modes) -> bool:
    """Return whether programs get whole lines from a terminal with these modes."""
    return bool(modes[LOCAL_FLAGS - 1] & termios.ICANON)


def open_slave(master: int) -> int:
    """Return a descriptor of the slave side of *master* (TIOCGPTPEER, Linux 4.13)."""
    get_peer = 0x5441
    return fcntl.ioctl(master, get_peer, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)


def line_discipline_of(path: str) -> LineDiscipline | None:
    """Return how the terminal at *path* treats keys; None if it cannot be opened.

    Another process must have it open: after the last close, its master side would be hung up.
    """
    with suppress(OSError, termios.error), _open(path) as descriptor:
        return LineDiscipline.read(descriptor)
    return None


def has_unread_input(path: str) -> bool:
    """Return whether a program could read from the terminal at *path* at once, as above."""
    with suppress(OSError), _open(path) as descriptor:
        return _has_unread_input(descriptor)
    return False


@contextmanager
def _open(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _has_unread_input(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
