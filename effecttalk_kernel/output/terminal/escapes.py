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

CONTROLS: Final = bytes({*range(0x20), 0x7F} - {*b"\t\n"})
# What moves the cursor, or changes the charset, without an escape.
LONE: Final = b"\r\b\x0b\x0c\x0e\x0f"
IDLE_CONTROLS: Final = bytes({*CONTROLS} - {*LONE, *b"\x1b"})
# Sequences that change nothing, in as far as compilers, ls and scripts write them
# in great numbers: ESC[K or ESC[J where nothing stands behind the cursor, ESC(B,
# and titles and links such as ESC]8;;http://host BEL. Any other way to leave
# them out costs a step for each.
IDLE: Final = (
    rb"\x1b(?:\[0?[JK]|\[3J|\(B"
    rb"|\](?!1337;File=|5522;)[^\x00-\x1f]{0,4096}+(?:\x07|\x1b\\))"
)
IDLE_SEQUENCE: Final = re.compile(IDLE)
# As much as there is of text without a screen: ESC[1;31m red ESC[m, lines that
# end with "\r\n", and what is idle. It never goes back: 150 MB/s or more.
PLAIN: Final = re.compile(
    rb"[^\x08\x0b-\x0f\x1b]*+(?:(?:\x1b\[[0-9;:]{0,64}+m|\r\n|%b)[^\x08\x0b-\x0f\x1b]*+)*+" % IDLE
)
# What a screen must not get: strings, which may be pictures, and the orders to
# clear all or to forget what has scrolled out; also the beginnings of those at the end of a chunk.
NOT_DRAWN: Final = re.compile(rb"\x1b(?:[\]P_^Xkc]|\[[23]J|(?:\[[23]?)?\Z)")
# Such as ESC[2;5H, ESC(0 or ESC7.
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
    rb"\x1b(?:\[[0-9;:]*[@A-MPSTXZ`a-bd-gr-su]|\[4[hl]|\[\?(?:47|6|7|69|104[789])[hl]"
    rb"|[78DEMcHNO]|[()*+]0)"
)
CLEAR: Final = b"\x1b[2J"
FORGET: Final = b"\x1b[3J"
RESET: Final = b"\x1bc"
# The introducers of what can be shown; a sixel's parameters end with `q`.
PICTURE: Final = re.compile(
    rb"(?P<ITERM>\x1b\]1337;File=)|(?P<DISPLAY>\x1b\]5522;)|(?P<KITTY>\x1b_G)"
    rb"|(?P<SIXEL>\x1bP(?=[0-9;]{0,60}q))"
)
HALF_SIXEL: Final = re.compile(rb"\x1bP[0-9;]{0,60}")
INTRODUCERS: Final = (b"\x1b]1337;File=", b"\x1b]5522;", b"\x1b_G")
STRING_END: Final = re.compile(rb"\x07|\x1b\\")
# A string ends with BEL or ST. Any other control character was not meant to be
# in it. Pictures are base64 or sixels: ends of lines may stand between them, but
# no spaces, so a log behind half a picture is not taken for the rest of it.
TEXT_END: Final = re.compile(rb"[\x00-\x1f]")
PICTURE_END: Final = re.compile(rb"[^\t\n\r!-~]")
# What xterm takes for a title is 4 KiB; OSC 52 may carry a clipboard.
LONGEST_STRING: Final = 1 << 20
# base64 of 16 MiB.
LONGEST_PICTURE: Final = 24 << 20
# A string that was not ended is shown, since what follows it may be in it; not
# when it is this long and a picture's data.
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
    # Five times as fast as a match of PLAIN: most of a flood takes this way.
    return len(data.translate(None, CONTROLS)) == len(data)


class EscapeFilter:
    """Sorts one stream; *draws* is set while a screen takes the text, escapes and all."""

    def __init__(self) -> None:
        self.draws = False
        self._held = b""
        self._string: bytearray | None = None  # what came since its introducer
        self._string_size = 0
        self._picture: PictureKind | None = None

    @property
    def held_bytes(self) -> int:
        """How much is kept until its end comes."""
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
        """Yield what an unfinished sequence has kept back; nothing outlives a block."""
        self._held = b""
        if self._string is not None:
            yield from self._abandon(self._string)

    def _in_text(self, data: bytes, at: int) -> Generator[Piece, None, int]:
        """Take text and the sequence behind it; returns where to go on."""
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
        whole = SEQUENCE.match(data, at)
        if whole is None:  # a lone control character, or an escape that begins nothing
            broken = BROKEN.match(data, at)
            if data[at : at + 1] in LONE:
                yield Drawing(data[at : at + 1])
            return broken.end() if broken else at + 1
        if whole[0] in {CLEAR, RESET}:
            yield Clear()
            if whole[0] == RESET and self.draws:
                yield Drawing(RESET)
        elif whole[0] != FORGET and DRAWING.fullmatch(whole[0]):
            yield Drawing(whole[0])
        return whole.end()

    # Strings: OSC, DCS, APC, PM, SOS.

    def _open_string(self, data: bytes, at: int) -> int:
        """Find out what the string is; returns where its content begins."""
        found = PICTURE.match(data, at)
        if found is None and _may_be_picture(data[at:]):
            self._held = data[at:]
            return len(data)
        self._picture = PictureKind[found.lastgroup or ""] if found else None
        self._string, self._string_size = bytearray(), 0
        return found.end() if found else at + 2

    def _in_string(self, string: bytearray, data: bytes, at: int) -> Generator[Piece, None, int]:
        """Take what of *data* belongs to the open string; returns where to go on."""
        is_picture = self._picture is not None
        most = len(data) if is_picture else at + LONGEST_STRING - self._string_size
        found = (PICTURE_END if is_picture else TEXT_END).search(data, at, most)
        end = found.start() if found else min(len(data), most)
        self._string_size += end - at
        # A longer picture is not kept, only counted.
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
        """Give up a string that was not ended; nothing behind it is lost."""
        self._string = None
        text = bytes(string).replace(b"\r", b"")
        if self._picture is not None and len(text) > LONGEST_SHOWN:
            yield BrokenPicture("a picture was not complete")
            text = text.partition(b"\n")[2][-LONGEST_SHOWN:]
        if text:
            yield Text(text)


def _without_idle(data: bytes) -> bytes:
    return IDLE_SEQUENCE.sub(b"", data).translate(None, IDLE_CONTROLS)


def _may_be_picture(beginning: bytes) -> bool:
    """Whether more of it can make *beginning* the introducer of a picture."""
    if HALF_SIXEL.fullmatch(beginning):
        return True
    return any(introducer.startswith(beginning) for introducer in INTRODUCERS)
