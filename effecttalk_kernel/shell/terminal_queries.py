"""Terminal queries: what programs ask a terminal about itself, and what it answers.

Bytes in, bytes out. Hooks of prompts ask where the cursor is, or for the colours, and wait for
the answer. Between two blocks nothing is on the screen, so the cursor is at its first cell.
"""

import re
from typing import Final

from effecttalk_kernel import __version__
from effecttalk_kernel.shell.terminal import TerminalSize

# Longer text without an end is not a query.
LONGEST_QUERY: Final = 4_096
# The control sequences that ask, see "XTerm Control Sequences"; and what may still become one.
QUERY: Final = re.compile(
    rb"\x1b\[(?P<prefix>[?>=]?)(?P<parameters>[\d;]*)(?P<letters>\$?[cnpqtux])"
    rb"|\x1b\](?P<number>1[0-9]|4;\d+);\?(?P<end>\a|\x1b\\)"
    rb"|\x1bP(?P<string>\$q|\+q)(?P<asked>[^\x1b\a]*)(?:\a|\x1b\\)"
    rb"|(?P<identify>\x1bZ)"
)
UNFINISHED: Final = re.compile(rb"\x1b(?:\[[?>=]?[\d;]*\$?|[\]P][^\a\x1b]*\x1b?)?\Z")
STATIC: Final = {
    # Status, and the attributes of a terminal with colours (primary, secondary, tertiary).
    (b"", b"5", b"n"): b"\x1b[0n",
    (b"", b"6", b"n"): b"\x1b[1;1R",
    (b"?", b"6", b"n"): b"\x1b[?1;1R",
    (b"", b"", b"c"): b"\x1b[?62;22c",
    (b">", b"", b"c"): b"\x1b[>1;10;0c",
    (b"=", b"", b"c"): b"\x1bP!|00000000\x1b\\",
    (b"?", b"", b"u"): b"\x1b[?0u",  # no keys of kitty's keyboard protocol
    (b"", b"", b"x"): b"\x1b[2;1;1;128;128;1;0x",
}
# Text, background and cursor; the 16 colours of the palette by their brightness.
COLOURS: Final = {b"10": b"0000/0000/0000", b"11": b"ffff/ffff/ffff", b"12": b"0000/0000/0000"}
GREY: Final = b"8080/8080/8080"
CELL: Final = TerminalSize(16, 8)  # pixels


class QueryReader:
    """Finds queries in what a terminal shows, in whatever chunks it comes."""

    def __init__(self, size: TerminalSize) -> None:
        self._size = size
        self._pending = b""

    def feed(self, data: bytes) -> bytes:
        """Return the answers to the queries that *data* completes."""
        data = self._pending + data
        answers, end = [], 0
        for query in QUERY.finditer(data):
            answers.append(self._answer(query))
            end = query.end()
        rest = UNFINISHED.search(data, max(end, len(data) - LONGEST_QUERY))
        self._pending = b"" if rest is None else rest[0]
        return b"".join(answers)

    def _answer(self, query: re.Match[bytes]) -> bytes:
        if query["identify"]:
            return STATIC[b"", b"", b"c"]
        if query["string"]:  # no setting or capability of that name
            return b"\x1bP0%sr\x1b\\" % query["string"][:1]
        if number := query["number"]:
            return b"\x1b]%s;rgb:%s%s" % (number, COLOURS.get(number, GREY), query["end"])
        parameters = b"" if query["parameters"] == b"0" else query["parameters"]
        key = (query["prefix"], parameters, query["letters"])
        return STATIC.get(key) or self._describe(*key)

    def _describe(self, prefix: bytes, parameters: bytes, letters: bytes) -> bytes:
        match prefix, letters:
            case b">", b"q":
                return b"\x1bP>|EffectTalk(%s)\x1b\\" % __version__.encode()
            case b"", b"t":
                return self._measure(parameters)
            case (b"?" | b"", b"$p"):  # a mode that is not known
                return b"\x1b[%s%s;0$y" % (prefix, parameters)
        return b""

    def _measure(self, parameters: bytes) -> bytes:
        rows, columns = self._size
        sizes = {
            b"14": (4, rows * CELL.rows, columns * CELL.columns),
            b"16": (6, *CELL),
            b"18": (8, rows, columns),
            b"19": (9, rows, columns),
        }
        return b"\x1b[%d;%d;%dt" % sizes[parameters] if parameters in sizes else b""
