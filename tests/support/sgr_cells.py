"""Cells: what a terminal shows of text with colours (SGR), character by character."""

import re
from collections.abc import Iterator

PARTS = re.compile(r"\x1b\[([0-9;]*)m|(.)", re.DOTALL)
# What tmux writes where the DEC line drawing characters begin and end, and those
# of them that the recordings have.
LINES_BEGIN, LINES_END = "\x0e", "\x0f"
LINES = str.maketrans("jklmnqtuvwx", "┘┐┌└┼─├┤┴┬│")
ON = {
    1: "bold",
    2: "faint",
    3: "italic",
    4: "underline",
    5: "blink",
    7: "inverse",
    8: "hidden",
    9: "struck",
}
OFF = {22: "bold faint", **{code + 20: name for code, name in ON.items() if code > 2}}
SEEN_OF_BLANKS = {"background", "inverse", "underline", "struck"}

Look = frozenset[tuple[str, str]]
Cell = tuple[str, Look]


def cells(text: str) -> list[list[Cell]]:
    """Return the lines of *text*, without blanks and empty lines at the end."""
    look: dict[str, str] = {}
    draws_lines = False
    lines: list[list[Cell]] = [[]]
    for codes, character in PARTS.findall(text.replace("\r\n", "\n")):
        if not character:
            _change(look, iter([int(code or 0) for code in codes.split(";")]))
        elif character in (LINES_BEGIN, LINES_END):
            draws_lines = character == LINES_BEGIN
        elif character == "\n":
            lines.append([])
        elif character == "\t":
            lines[-1] += [_cell(" ", look)] * (8 - len(lines[-1]) % 8)
        else:
            lines[-1].append(_cell(character.translate(LINES) if draws_lines else character, look))
    return _trimmed([_trimmed(line, (" ", frozenset())) for line in lines], [])


def plain(text: str) -> list[str]:
    """Return the lines of *text* without their colours."""
    lines = ["".join(character for character, _ in line).rstrip() for line in cells(text)]
    return _trimmed(lines, "")


def _cell(character: str, look: dict[str, str]) -> Cell:
    seen = look.keys() if character != " " else look.keys() & SEEN_OF_BLANKS
    return character, frozenset((name, look[name]) for name in seen)


def _change(look: dict[str, str], codes: Iterator[int]) -> None:
    for code in codes:
        if code == 0:
            look.clear()
        elif code in ON:
            look[ON[code]] = ""
        elif code in OFF:
            for name in OFF[code].split():
                look.pop(name, None)
        else:
            _colour(look, code, codes)


def _colour(look: dict[str, str], code: int, codes: Iterator[int]) -> None:
    layer = "foreground" if code // 10 in (3, 9) else "background"
    if code in (39, 49):
        look.pop(layer, None)
    elif code in (38, 48):
        size = 1 if next(codes) == 5 else 3
        look[layer] = ",".join(str(next(codes)) for _ in range(size))
    else:
        look[layer] = str(code % 10 + (8 if code >= 90 else 0))


def _trimmed(items: list, blank: object) -> list:
    while items and items[-1] == blank:
        items = items[:-1]
    return items
