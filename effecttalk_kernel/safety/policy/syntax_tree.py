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


def parse(source: bytes) -> "Node | None":
    """Return the root of the tree of *source*, or None if parsing would take too long."""
    return None if _is_tangled(source) else _load_parser().parse(source).root_node


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
