"""Escapes: what a program says to its terminal, sorted by what becomes of it.

Bytes in, pieces out, whatever the chunking. Text and its colours (SGR) pass;
what moves the cursor is for a screen; pictures are handed on whole; titles,
links, queries and other talk with a terminal disappear. See ECMA-48 and
"XTerm Control Sequences" (ctlseqs).
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

# Where plain text ends: an escape that is no SGR, a carriage return that ends no
# line, a control character but tab and line feed.
NOT_PLAIN: Final = re.compile(
    rb"\x1b(?!\[[0-9;:]{0,64}m)|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]"
)
# What a screen must not get: strings, which may be pictures, and the order to
# clear all; also the beginnings of those at the end of a chunk.
NOT_DRAWN: Final = re.compile(rb"\x1b(?:[\]P_^Xk]|\[2J|(?:\[2?)?\Z)")
CONTROLS: Final = bytes({*range(0x20), 0x7F} - {*b"\t\n"})
SEQUENCE: Final = re.compile(
    rb"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|[ -/]{1,8}[0-~]|[0-OQ-WYZ\\`-jl-~])"
)
# An escape, or as much as there is of a sequence, that was never one.
BROKEN: Final = re.compile(rb"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}|[ -/]{1,8})?")
# The beginning of a sequence or of "\r\n" that the next chunk may complete.
UNFINISHED: Final = re.compile(rb"(?:\x1b(?:\[[0-?]{0,64}[ -/]{0,8}|[ -/]{0,8})?|\r)\Z")
STRING: Final = re.compile(rb"\x1b[\]P_^Xk]")
# Cursor, erase, insert, scroll, tabs, margins: CSI without a private mark; modes
# of the same; index, save, restore, reset; the line drawing charset.
DRAWING: Final = re.compile(
    rb"\x1b(?:\[[0-9;:]*[@A-LPSTXZ`a-bd-gr-su]|\[4[hl]|\[\?(?:47|6|7|69|104[789])[hl]"
    rb"|[78DEMcHNO]|[()*+]0)"
)
CLEAR: Final = b"\x1b[2J"
# What moves the cursor without an escape.
LONE: Final = b"\r\b\x0b\x0c\x0e\x0f"
# The introducers of what can be shown; a sixel's parameters end with `q`.
PICTURE: Final = re.compile(
    rb"(?P<ITERM>\x1b\]1337;File=)|(?P<DISPLAY>\x1b\]5522;)|(?P<KITTY>\x1b_G)|(?P<SIXEL>\x1bP(?=[0-9;]*q))"
)
STRING_END: Final = re.compile(rb"\x07|\x1b\\")
# A string ends with BEL or ST. Any other control character was not meant to be
# in it; in a picture, ends of lines may stand.
TEXT_END: Final = re.compile(rb"[\x00-\x1f]")
PICTURE_END: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# What xterm takes for a title is 4 KiB; OSC 52 may carry a clipboard.
LONGEST_STRING: Final = 1 << 20
# base64 of 16 MiB.
LONGEST_PICTURE: Final = 24 << 20
# A string that was not ended is shown, since what follows it may be in it; not
# when it is this long and can only be a picture's data.
LONGEST_SHOWN: Final = 4_096


class PictureKind(Enum):
    """How a picture, or the content of `display`, came."""

    ITERM = auto()
    DISPLAY = auto()
    KITTY = auto()
    SIXEL = auto()


@dataclass(frozen=True, slots=True)
class Text:
    """Text with its colours, and nothing else."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Drawing:
    """What only a screen can show."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Clear:
    """All that was shown is to disappear; the cursor stays."""


@dataclass(frozen=True, slots=True)
class PictureData:
    """What stood between introducer and end; of a sixel, with its parameters."""

    kind: PictureKind
    data: bytes


@dataclass(frozen=True, slots=True)
class BrokenPicture:
    """A picture that cannot be shown, and why."""

    problem: str


Piece = Text | Drawing | Clear | PictureData | BrokenPicture


def is_plain(data: bytes) -> bool:
    """Whether *data* is text and nothing else."""
    # Five times as fast as a search for NOT_PLAIN: most of a flood takes this way.
    return len(data.translate(None, CONTROLS)) == len(data)


class EscapeFilter:
    """Sorts one stream; *draws* is set while a screen takes the text, escapes and all."""

    def __init__(self) -> None:
        self.draws = False
        self._held = b""
        self._string = bytearray()
        self._string_size = 0
        self._picture: PictureKind | None = None

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Yield the pieces that *data* completes; *draws* may be set between them."""
        if not data:
            return
        if not (self.draws or self._held or self._string) and is_plain(data):
            yield Text(data)
            return
        data, self._held = self._held + data, b""
        at = 0
        while at < len(data):
            if self._string:
                at = yield from self._in_string(data, at)
            else:
                at = yield from self._in_text(data, at)

    def finish(self) -> Iterator[Piece]:
        """Yield what an unfinished sequence has kept back; nothing outlives a block."""
        self._held = b""
        if self._string:
            yield from self._abandon()

    def _in_text(self, data: bytes, at: int) -> Generator[Piece, None, int]:
        """Take text and the sequence behind it; returns where to go on."""
        found = (NOT_DRAWN if self.draws else NOT_PLAIN).search(data, at)
        end = found.start() if found else len(data)
        if end > at:
            yield Text(data[at:end] if at or found else data)
        if found is None:
            return end
        if STRING.match(data, end):
            self._string += data[end : end + 2]
            self._string_size, self._picture = 2, None
            return end + 2
        if UNFINISHED.match(data, end):
            self._held = data[end:]
            return len(data)
        return (yield from self._sequence(data, end))

    @staticmethod
    def _sequence(data: bytes, at: int) -> Generator[Piece, None, int]:
        whole = SEQUENCE.match(data, at)
        if whole is None:  # a lone control character, or an escape that begins nothing
            broken = BROKEN.match(data, at)
            if data[at : at + 1] in LONE:
                yield Drawing(data[at : at + 1])
            return broken.end() if broken else at + 1
        if whole[0] == CLEAR:
            yield Clear()
        elif DRAWING.fullmatch(whole[0]):
            yield Drawing(whole[0])
        return whole.end()

    # Strings: OSC, DCS, APC, PM, SOS.

    def _in_string(self, data: bytes, at: int) -> Generator[Piece, None, int]:
        """Take what of *data* belongs to the open string; returns where to go on."""
        found = (PICTURE_END if self._picture else TEXT_END).search(data, at)
        end = found.start() if found else len(data)
        self._keep(data[at:end])
        if found is None:
            if self._picture is None and self._string_size > LONGEST_STRING:
                yield from self._abandon()
            return end
        if self._picture and PICTURE_END.match(data, end) is None:
            return end  # an end of line in what only now turned out to be a picture
        if data[end:] == b"\x1b":
            self._held = data[end:]
            return len(data)
        ending = STRING_END.match(data, end)
        yield from self._complete() if ending else self._abandon()
        return ending.end() if ending else end

    def _keep(self, data: bytes) -> None:
        self._string_size += len(data)
        if len(self._string) <= LONGEST_PICTURE:
            self._string += data
        if self._picture is None:
            beginning = bytes(self._string[:64])
            found = PICTURE.match(beginning)
            self._picture = PictureKind[found.lastgroup or ""] if found else None

    def _complete(self) -> Iterator[Piece]:
        if self._picture is not None and self._string_size > LONGEST_PICTURE:
            yield BrokenPicture(f"a picture of {self._string_size:,} bytes is too large")
        elif self._picture is not None:
            introducer = PICTURE.match(bytes(self._string[:64]))
            assert introducer is not None
            yield PictureData(self._picture, bytes(self._string[introducer.end() :]))
        self._string = bytearray()

    def _abandon(self) -> Iterator[Piece]:
        """Give up a string that was not ended; nothing behind it is lost."""
        string, self._string = bytes(self._string[2:]), bytearray()
        if len(string) > LONGEST_SHOWN:
            yield BrokenPicture("a picture was not complete")
            string = string.partition(b"\n")[2][-LONGEST_SHOWN:]
        if string:
            yield Text(string)
