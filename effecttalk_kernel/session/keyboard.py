"""Keyboard: types an answer on the control terminal, however long it is.

In canonical mode a line of more than 4,095 bytes is cut (termios(3)). So a long
one is typed in pieces, each pushed with the end-of-file character, which hands
over what was typed without ending the line, and each when the one before was read.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Final

from effecttalk_kernel.shell.terminal import Terminal

LONGEST_PIECE: Final = 1_000
# How soon a program that reads a long answer gets the next piece.
LOOK_SECONDS: Final = 0.005


class Keyboard:
    """Types on one terminal; what is typed next waits for what was typed before."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._loop = asyncio.get_running_loop()
        self._pieces: deque[bytes] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def type(self, text: bytes) -> bytes:
        """Type *text*, which is a whole line; returns the keys that will be echoed."""
        keys = self._terminal.quoted(text)
        self._pieces += pieces(keys, self._terminal.pushing_key())
        if self._timer is None:
            # Whoever waits has read what was typed before, or never will.
            self._type_piece()
        return keys

    def press(self, keys: bytes) -> None:
        """Type *keys*, whatever they mean."""
        self._pieces += (keys[at : at + LONGEST_PIECE] for at in range(0, len(keys), LONGEST_PIECE))
        if self._timer is None and self._pieces:
            self._type_piece()

    def stop(self) -> None:
        """Type no more."""
        self._pieces.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _type_piece(self) -> None:
        self._terminal.write(self._pieces.popleft())
        self._look_soon()

    def _look_soon(self) -> None:
        self._timer = self._loop.call_later(LOOK_SECONDS, self._look) if self._pieces else None

    def _look(self) -> None:
        if self._terminal.unread_bytes():
            self._look_soon()
        else:
            self._type_piece()


def pieces(keys: bytes, push: bytes) -> Iterator[bytes]:
    """Cut *keys* into pieces that a terminal takes; *push* hands over an unfinished line."""
    while len(keys) > LONGEST_PIECE:
        end = keys.rfind(b"\n", 0, LONGEST_PIECE) + 1
        if end:
            yield keys[:end]
        else:
            # A quoted key stays with its quote, a character whole.
            end = LONGEST_PIECE
            while end > 1 and (keys[end] & 0xC0 == 0x80 or keys[end - 1] < 0x20):
                end -= 1
            yield keys[:end] + push
        keys = keys[end:]
    yield keys
