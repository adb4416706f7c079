"""The syntax tree of a cell's code, by tree-sitter's grammar of bash.

The packages are imported for the first cell that a policy checks.
"""

import re
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

# The grammar takes quadratic time for some code that no one writes: a tenth of a second
# for this many, a minute for 20 times as many.
MAX_PIPES: Final = 1_000  # in one pipeline; the memory is quadratic too, 1 GB for 10,000
MAX_NESTED: Final = 500
MAX_UNOPENED: Final = 2_000  # brackets that were not opened, as in `case`
MAX_HERE_DOCUMENTS: Final = 1_000
BRACKET: Final = re.compile(rb"[(\[)\]]")
DEPTHS: Final = {b"(": 1, b"[": 1, b")": -1, b"]": -1}
# For a brace expression such as {1..3} the grammar asks C's isdigit() about the character after
# the digits. Its table ends at U+00FF: what lies far outside ends the process with a segmentation
# fault. A letter of as many bytes means the same there.
WIDE_AFTER_BRACE: Final = re.compile(
    rb"(\{[0-9]*(?:\.\.[0-9]*)?)"
    rb"([\xc4-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
)
LETTERS: Final = {2: "é".encode(), 3: "éx".encode(), 4: "éé".encode()}


def parse(source: bytes) -> "Node | None":
    """Return the root of the tree of *source*, or None if parsing would take too long.

    What a node says is in *source* between its bytes: its own text may have other letters.
    """
    return None if _is_tangled(source) else _load_parser().parse(_narrow(source)).root_node


def find_error(root: "Node") -> "Node | None":
    """Return the first node that the grammar could not parse."""
    node: Node | None = root if root.has_error else None
    while node is not None and not (node.is_error or node.is_missing):
        node = next((child for child in node.children if child.has_error), None)
    return node


@cache
def _load_parser() -> "Parser":
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def _narrow(source: bytes) -> bytes:
    """Return *source* with other letters for the characters that may crash the grammar."""
    return WIDE_AFTER_BRACE.sub(lambda found: found[1] + LETTERS[len(found[2])], source)


def _is_tangled(source: bytes) -> bool:
    if source.count(b"|") > MAX_PIPES or source.count(b"()") > MAX_PIPES:
        joined = re.sub(rb"(\||\(\))\s+", rb"\1", source)
        statements = re.split(rb"[;\n]", joined)
        if max(max(s.count(b"|"), s.count(b"()")) for s in statements) > MAX_PIPES:
            return True
    return _is_deep(source) or source.count(b"<<") > MAX_HERE_DOCUMENTS


def _is_deep(source: bytes) -> bool:
    brackets = BRACKET.findall(source)
    if len(brackets) <= MAX_NESTED:
        return False
    depths = list(accumulate(DEPTHS[bracket] for bracket in brackets))
    return max(depths) > MAX_NESTED or min(depths) < -MAX_UNOPENED
