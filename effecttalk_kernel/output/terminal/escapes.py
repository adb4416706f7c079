"""Escapes: splits output into text, drawing sequences and pictures.

Bytes in, pieces out, the same for any chunking. Text and its colours (SGR) pass.
Sequences that move the cursor are for a screen, and pictures are passed on as a
whole. Titles, links, queries and the rest are removed. See ECMA-48 and "XTerm Control
Sequences" (ctlseqs).
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

CONTROLS: Final = bytes({*range(0x20), 0x7F} - {*b"\t\n"})
# Control characters that move the cursor or change the character set.
LONE: Final = b"\r\b\x0b\x0c\x0e\x0f"
IDLE_CONTROLS: Final = bytes({*CONTROLS} - {*LONE, *b"\x1b"})
# Sequences without effect that compilers, ls and scripts print very often: ESC[K or
# ESC[J with nothing after the cursor, ESC(B, and titles and links such as
# ESC]8;;http://host BEL. One substitution removes them all at once.
IDLE: Final = (
    rb"\x1b(?:\[0?[JK]|\[3J|\(B"
    rb"|\](?!1337;File=|5522;)[^\x00-\x1f]{0,4096}+(?:\x07|\x1b\\))"
)
IDLE_SEQUENCE: Final = re.compile(IDLE)
# The longest text that needs no screen: ESC[1;31m red ESC[m, lines that end with
# "\r\n", and idle sequences. It does not backtrack: 150 MB/s or more.
PLAIN: Final = re.compile(
    rb"[^\x08\x0b-\x0f\x1b]*+(?:(?:\x1b\[[0-9;:]{0,64}+m|\r\n|%b)[^\x08\x0b-\x0f\x1b]*+)*+" % IDLE
)
# Sequences that a screen must not get: strings, which may be pictures, and those that
# clear everything or the scrollback; also the start of one at the end of a chunk.
NOT_DRAWN: Final = re.compile(rb"\x1b(?:[\]P_^Xkc]|\[[23]J|(?:\[[23]?)?\Z)")
# For example ESC[2;5H, ESC(0 or ESC7.
SEQUENCE: Final = re.compile(
    rb"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|[ -/]{1,8}[0-~]|[0-OQ-WYZ\\`-jl-~])"
)
# An escape or the start of a sequence that is not valid.
BROKEN: Final = re.compile(rb"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}|[ -/]{1,8})?")
# The start of a sequence or of "\r\n" that the next chunk may complete.
UNFINISHED: Final = re.compile(rb"(?:\x1b(?:\[[0-?]{0,64}[ -/]{0,8}|[ -/]{0,8})?|\r)\Z")
STRING: Final = re.compile(rb"\x1b[\]P_^Xk]")
# Cursor, erase, insert, scroll, tabs, margins: CSI without a private marker; modes for
# these; index, save, restore, reset; the line drawing character set.
DRAWING: Final = re.compile(
    rb"\x1b(?:\[[0-9;:]*[@A-MPSTXZ`a-bd-gr-su]|\[4[hl]|\[\?(?:47|6|7|69|104[789])[hl]"
    rb"|[78DEMcHNO]|[()*+]0)"
)
CLEAR: Final = b"\x1b[2J"
CLEAR_SCROLLBACK: Final = b"\x1b[3J"
RESET: Final = b"\x1bc"
# The introducers of pictures; a sixel's parameters end with `q`.
PICTURE: Final = re.compile(
    rb"(?P<ITERM>\x1b\]1337;File=)|(?P<DISPLAY>\x1b\]5522;)|(?P<KITTY>\x1b_G)"
    rb"|(?P<SIXEL>\x1bP(?=[0-9;]{0,60}q))"
)
HALF_SIXEL: Final = re.compile(rb"\x1bP[0-9;]{0,60}")
INTRODUCERS: Final = (b"\x1b]1337;File=", b"\x1b]5522;", b"\x1b_G")
STRING_END: Final = re.compile(rb"\x07|\x1b\\")
# A string ends with BEL or ST. Any other control character shows that it was not
# ended. Pictures are base64 or sixels, which may contain line ends but no spaces, so
# that a log after an incomplete picture is not taken for the rest of it.
TEXT_END: Final = re.compile(rb"[\x00-\x1f]")
PICTURE_END: Final = re.compile(rb"[^\t\n\r!-~]")
# xterm limits a title to 4 KiB, but OSC 52 may contain a clipboard.
LONGEST_STRING: Final = 1 << 20
# 16 MiB as base64.
LONGEST_PICTURE: Final = 24 << 20
# A string that was not ended is shown, since it may contain text after it; of a
# picture that is longer than this, only the end.
LONGEST_SHOWN: Final = 4_096


class PictureKind(Enum):
    """The protocol of a picture, or of the `display` command."""

    ITERM = auto()
    DISPLAY = auto()
    KITTY = auto()
    SIXEL = auto()


@dataclass(frozen=True, slots=True)
class Text:
    """Text with colours."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Drawing:
    """A sequence that only a screen can show."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Clear:
    """Remove everything that is shown; the cursor stays."""


@dataclass(frozen=True, slots=True)
class PictureData:
    """The content of a picture's string; of a sixel, with its parameters."""

    kind: PictureKind
    data: bytes


@dataclass(frozen=True, slots=True)
class BrokenPicture:
    """A picture that cannot be shown, and why."""

    problem: str


Piece = Text | Drawing | Clear | PictureData | BrokenPicture


def is_plain(data: bytes) -> bool:
    """Return whether *data* is only text."""
    # Five times as fast as matching PLAIN, and enough for most large outputs.
    return len(data.translate(None, CONTROLS)) == len(data)


class EscapeFilter:
    """Splits one stream; *draws* is set while a screen takes text and sequences together."""

    def __init__(self) -> None:
        self.draws = False
        self._held = b""
        self._string: bytearray | None = None  # its content so far
        self._string_size = 0
        self._picture: PictureKind | None = None

    @property
    def held_bytes(self) -> int:
        """Number of bytes of an unfinished sequence or string."""
        return len(self._held) + len(self._string or b"")

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Yield the pieces that *data* completes; *draws* may be set between them."""
        if not data:
            return
        if not (self.draws or self._held or self._string is not None) and is_plain(data):
            yield Text(data)
            return
        data, self._held = self._held + data, b""
        at = 0
        while at < len(data):
            if self._string is not None:
                at = yield from self._in_string(self._string, data, at)
            else:
                at = yield from self._in_text(data, at)

    def finish(self) -> Iterator[Piece]:
        """Yield the text of an unfinished string, at the end of the block."""
        self._held = b""
        if self._string is not None:
            yield from self._abandon(self._string)

    def _in_text(self, data: bytes, at: int) -> Generator[Piece, None, int]:
        """Read text and the sequence after it; return where to continue."""
        end = self._end_of_text(data, at)
        if text := data[at:end] if self.draws else _without_idle(data[at:end]):
            yield Text(text)
        if end == len(data):
            return end
        if STRING.match(data, end):
            return self._open_string(data, end)
        if UNFINISHED.match(data, end):
            self._held = data[end:]
            return len(data)
        return (yield from self._sequence(data, end))

    def _end_of_text(self, data: bytes, at: int) -> int:
        if self.draws:
            found = NOT_DRAWN.search(data, at)
            return found.start() if found else len(data)
        plain = PLAIN.match(data, at)
        assert plain is not None
        return plain.end()

    def _sequence(self, data: bytes, at: int) -> Generator[Piece, None, int]:
        sequence = SEQUENCE.match(data, at)
        if sequence is None:  # a control character, or an escape without a sequence
            broken = BROKEN.match(data, at)
            if data[at : at + 1] in LONE:
                yield Drawing(data[at : at + 1])
            return broken.end() if broken else at + 1
        if sequence[0] in {CLEAR, RESET}:
            yield Clear()
            if sequence[0] == RESET and self.draws:
                yield Drawing(RESET)
        elif sequence[0] != CLEAR_SCROLLBACK and DRAWING.fullmatch(sequence[0]):
            yield Drawing(sequence[0])
        return sequence.end()

    # Strings: OSC, DCS, APC, PM, SOS.

    def _open_string(self, data: bytes, at: int) -> int:
        """Find out what the string is; return where its content starts."""
        found = PICTURE.match(data, at)
        if found is None and _may_be_picture(data[at:]):
            self._held = data[at:]
            return len(data)
        self._picture = PictureKind[found.lastgroup or ""] if found else None
        self._string, self._string_size = bytearray(), 0
        return found.end() if found else at + 2

    def _in_string(self, string: bytearray, data: bytes, at: int) -> Generator[Piece, None, int]:
        """Read the part of *data* that belongs to the open string; return where to continue."""
        is_picture = self._picture is not None
        most = len(data) if is_picture else at + LONGEST_STRING - self._string_size
        found = (PICTURE_END if is_picture else TEXT_END).search(data, at, most)
        end = found.start() if found else min(len(data), most)
        self._string_size += end - at
        # A longer picture is counted, but not stored.
        string += data[at : min(end, at + LONGEST_PICTURE - len(string))]
        if found is None:
            if not is_picture and self._string_size == LONGEST_STRING:
                yield from self._abandon(string)
            return end
        if data[end:] == b"\x1b":
            self._held = data[end:]
            return len(data)
        ending = STRING_END.match(data, end)
        yield from self._complete(string) if ending else self._abandon(string)
        return ending.end() if ending else end

    def _complete(self, string: bytearray) -> Iterator[Piece]:
        self._string = None
        if self._picture is None:
            return
        if self._string_size > LONGEST_PICTURE:
            yield BrokenPicture(f"a picture of {self._string_size:,} bytes is too large")
        else:
            yield PictureData(self._picture, bytes(string))

    def _abandon(self, string: bytearray) -> Iterator[Piece]:
        """Give up a string that was not ended, and show the text in it."""
        self._string = None
        text = bytes(string).replace(b"\r", b"")
        if self._picture is not None and len(text) > LONGEST_SHOWN:
            yield BrokenPicture("a picture is incomplete")
            text = text.partition(b"\n")[2][-LONGEST_SHOWN:]
        if text:
            yield Text(text)


def _without_idle(data: bytes) -> bytes:
    return IDLE_SEQUENCE.sub(b"", data).translate(None, IDLE_CONTROLS)


def _may_be_picture(beginning: bytes) -> bool:
    """Return whether *beginning* is the start of a picture's introducer."""
    if HALF_SIXEL.fullmatch(beginning):
        return True
    return any(introducer.startswith(beginning) for introducer in INTRODUCERS)
