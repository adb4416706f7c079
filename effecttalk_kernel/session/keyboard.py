"""Keyboard: types an answer of any length on a terminal.

In canonical mode a terminal cuts lines at 4,095 bytes (termios(3)). A longer line is therefore
typed in pieces. Each ends with the end-of-file character, which hands over what was typed
without ending the line, and is typed when the program has read the one before. So is Return
after the one key for a program that reads single keys.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from effecttalk_kernel.shell.callbacks import Callbacks, Timer
from effecttalk_kernel.shell.terminal import LineDiscipline, Terminal

# With the end of the line, or the key that hands over a piece.
MAX_PIECE_BYTES: Final = 4_095
# How soon a program that reads a long answer gets the next piece.
LOOK_SECONDS: Final = 0.005
# The length of an answer that is a single key.
KEY_AND_RETURN: Final = 2


class Keyboard:
    """Types on terminals; later keys wait until the program has read the earlier ones.

    *read_echo* reads what a terminal prints, which loses echoes when it is full.
    """

    def __init__(self, callbacks: Callbacks, read_echo: Callable[[], None]) -> None:
        self._callbacks = callbacks
        self._read_echo = read_echo
        self._pieces: deque[tuple[Terminal, bytes]] = deque()
        self._typed_on: Terminal | None = None  # last
        self._timer: Timer | None = None

    @property
    def is_typing(self) -> bool:
        """Whether there is more to type."""
        return bool(self._pieces)

    def type(self, text: bytes, terminal: Terminal, discipline: LineDiscipline) -> bytes:
        """Type *text*, a whole line, on *terminal*; return the keys that it will echo."""
        keys = discipline.literal_keys(text)
        pieces = [*split_keys(keys, discipline.submit_key)]
        if len(text) == KEY_AND_RETURN and not discipline.is_canonical:
            # The program may take all that it gets at once for one key (more).
            pieces = [keys[:-1], keys[-1:]]
        self._pieces += ((terminal, piece) for piece in pieces)
        if self._timer is None:
            # The program that waits has read what was typed before, or never will.
            self._type_piece()
        return keys

    def press(self, keys: bytes, terminal: Terminal) -> None:
        """Type *keys* as they are."""
        self._pieces += (
            (terminal, keys[at : at + MAX_PIECE_BYTES])
            for at in range(0, len(keys), MAX_PIECE_BYTES)
        )
        if self._timer is None and self._pieces:
            self._type_piece()

    def stop(self) -> None:
        """Type no more."""
        self._pieces.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _type_piece(self) -> None:
        self._typed_on, piece = self._pieces.popleft()
        self._typed_on.write(piece)
        self._look_soon()

    def _look_soon(self) -> None:
        self._timer = self._callbacks.call_later(LOOK_SECONDS, self._look) if self._pieces else None

    def _look(self) -> None:
        self._read_echo()
        if self._typed_on is not None and self._typed_on.has_unread_input():
            self._look_soon()
        else:
            self._type_piece()


def split_keys(keys: bytes, push: bytes) -> Iterator[bytes]:
    """Split *keys* into pieces that a terminal takes; *push* hands over an unfinished line."""
    while len(keys) > MAX_PIECE_BYTES:
        end = keys.rfind(b"\n", 0, MAX_PIECE_BYTES) + 1
        if end:
            yield keys[:end]
        else:
            # Neither a quoted key and its quote nor the bytes of a character are separated.
            end = MAX_PIECE_BYTES - len(push)
            while end > 1 and (keys[end] & 0xC0 == 0x80 or keys[end - 1] < 0x20):
                end -= 1
            yield keys[:end] + push
        keys = keys[end:]
    yield keys
