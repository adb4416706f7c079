"""Words: what a command's words stand for once their quotes are taken away.

What only running something could tell, a variable or a wildcard, is a hole.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.bash_quoting import decode_ansi_c, decode_double_quoted

if TYPE_CHECKING:
    from tree_sitter import Node

Piece = str | None  # None is a hole: any text, or none

# A word of these is what it says.
PLAIN: Final = re.compile(r"[\w./:=,@%+~-]*")
UNQUOTED: Final = re.compile(r"\\\n|\\(?P<escaped>.)|(?P<hole>[*?])", re.DOTALL)
# ${a[@]}, $@: several words even in quotes.
ALL_ELEMENTS: Final = re.compile(r"\$(?:@|\{!?(?:@|\w+\[@\]))")
BRACES: Final = re.compile(r"\{.*(?:,|\.\.).*\}", re.DOTALL)
# Stands for a hole where a word is read as code.
HOLE: Final = "${_}"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command."""

    pieces: tuple[Piece, ...]
    text: str  # as it is typed
    is_many: bool = False  # may become several words, or none
    is_glob: bool = False  # names of files

    @property
    def literal(self) -> str | None:
        """The whole word, or None if there is a hole in it."""
        if len(self.pieces) == 1:
            return self.pieces[0]
        return None if None in self.pieces else "".join(piece or "" for piece in self.pieces)

    @property
    def code(self) -> str:
        """The word as code, for `eval` and its like."""
        return "".join(HOLE if piece is None else piece for piece in self.pieces)

    @property
    def base(self) -> tuple[Piece, ...]:
        """What stands behind the last slash: the name of a command called by its path."""
        for at in range(len(self.pieces) - 1, -1, -1):
            piece = self.pieces[at]
            if piece is not None and "/" in piece:
                return (piece.rpartition("/")[2], *self.pieces[at + 1 :])
        return self.pieces

    @property
    def may_be_option(self) -> bool:
        """Whether it begins with `-`, or may: what is in quotes is taken for an operand."""
        first = self.pieces[0] if self.pieces else ""
        return self.is_many and not self.is_glob if first is None else first.startswith("-")


def literal_word(text: str) -> Word:
    """Return the word that says *text*."""
    return Word((text,), text)


def join_words(first: Word, second: Word) -> Word:
    """Return the one word that two are that touch."""
    pieces = tuple(_joined([*first.pieces, *second.pieces]))
    is_many, is_glob = first.is_many or second.is_many, first.is_glob or second.is_glob
    return Word(pieces, first.text + second.text, is_many, is_glob)


def read_word(node: "Node", source: bytes) -> Word:
    """Return the word at *node*."""
    text = source_text(node, source)
    if node.type in {"word", "number"} and PLAIN.fullmatch(text):
        return Word((text,), text)
    if node.type == "variable_assignment":  # of `export` and its like
        return Word((text.partition("=")[0] + "=", None), text)
    kinds = {child.type for child in node.children} if node.type == "concatenation" else {node.type}
    bare = {"word", "brace_expression"} & kinds
    if bare and BRACES.search(text):
        return Word((None,), text, is_many=True)
    pieces = tuple(_joined(_pieces(node, source)))
    is_glob = "word" in kinds and bool(re.search(r"[*?\[]", text))
    return Word(pieces, text, _is_many(kinds, text) or (is_glob and None in pieces), is_glob)


def source_text(node: "Node", source: bytes) -> str:
    """Return what is typed at *node*."""
    return source[node.start_byte : node.end_byte].decode(errors="replace")


def _is_many(kinds: set[str], text: str) -> bool:
    if {"simple_expansion", "expansion", "command_substitution"} & kinds:
        return True
    return bool(ALL_ELEMENTS.search(text)) and not {"raw_string", "word", "number"} >= kinds


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Put literal pieces that touch into one, and holes too."""
    joined: list[Piece] = []
    for piece in pieces:
        if piece == "":
            continue
        if joined and piece is not None and joined[-1] is not None:
            joined[-1] += piece
        elif not (joined and piece is None and joined[-1] is None):
            joined.append(piece)
    return joined or [""]


def _pieces(node: "Node", source: bytes) -> list[Piece]:
    text = source_text(node, source)
    match node.type:
        case "$":
            # Of $"..." behind something else, it is apart from the string.
            is_quoting = source[node.end_byte : node.end_byte + 1] == b'"'
            return _unquoted(text[:-1] if is_quoting and not text.endswith("\\$") else text)
        case "word" | "number" | "==" | "=~":
            return _unquoted(text)
        case "raw_string":
            return [text[1:-1]]
        case "ansi_c_string":
            body = source[node.start_byte + 2 : node.end_byte - 1]
            return [decode_ansi_c(body).decode(errors="replace")]
        case "string" | "translated_string":
            return _in_double(node, source)
        case "concatenation":
            return _concatenated(node, source)
        case "process_substitution":
            return ["/dev/fd/", None]
    return [None]


def _concatenated(node: "Node", source: bytes) -> list[Piece]:
    pieces: list[Piece] = []
    for child in node.children:
        text = source_text(child, source)
        # [abc] is three pieces in the tree; whatever follows it is part of the hole.
        if child.type == "word" and text.startswith("["):
            return [*pieces, None]
        pieces += _pieces(child, source)
    return pieces


def _unquoted(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for found in UNQUOTED.finditer(text):
        pieces += [text[at : found.start()], None if found["hole"] else found["escaped"] or ""]
        at = found.end()
    return [*pieces, text[at:]] if at < len(text) or not pieces else pieces


def _in_double(node: "Node", source: bytes) -> list[Piece]:
    """Return what stands in double quotes: the text between the expansions."""
    pieces: list[Piece] = []
    at = node.start_byte + (2 if node.type == "translated_string" else 1)
    parts = node.named_children
    if node.type == "translated_string":
        parts = [part for child in parts for part in child.named_children]
    for part in parts:
        if part.type != "string_content":
            pieces += [_unescaped(source[at : part.start_byte]), None]
            at = part.end_byte
    return [*pieces, _unescaped(source[at : node.end_byte].removesuffix(b'"'))]


def _unescaped(text: bytes) -> str:
    return decode_double_quoted(text).decode(errors="replace")
