"""Words: the words of a command, without their quotes.

What is known only at run time, a variable or a wildcard, is a hole.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.bash_quoting import decode_ansi_c, decode_double_quoted

if TYPE_CHECKING:
    from tree_sitter import Node

Piece = str | None  # None is a hole: any text, or the empty one

# A word of these characters has no quotes and no holes.
PLAIN_WORD: Final = re.compile(r"[\w./:=,@%+~-]*")
UNQUOTED_PART: Final = re.compile(r"\\\n|\\(?P<escaped>.)|(?P<hole>[*?])", re.DOTALL)
# ${a[@]}, $@: several words, even in quotes.
ALL_ELEMENTS: Final = re.compile(r"\$(?:@|\{!?(?:@|\w+\[@\]))")
BRACE_EXPANSION: Final = re.compile(r"\{.*(?:,|\.\.).*\}", re.DOTALL)
# Stands for a hole where a word is parsed as code.
HOLE: Final = "${_}"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command."""

    pieces: tuple[Piece, ...]
    text: str  # as it is typed
    is_many: bool = False  # may expand to several words, or to none
    is_glob: bool = False  # expands to names of files

    @property
    def literal(self) -> str | None:
        """The whole word, or None if it has a hole."""
        if len(self.pieces) == 1:
            return self.pieces[0]
        return None if None in self.pieces else "".join(piece or "" for piece in self.pieces)

    @property
    def code(self) -> str:
        """The word as code, for `eval` and similar commands."""
        return "".join(HOLE if piece is None else piece for piece in self.pieces)

    @property
    def base(self) -> tuple[Piece, ...]:
        """The pieces after the last slash: the name of a command that is called by its path."""
        for at in range(len(self.pieces) - 1, -1, -1):
            piece = self.pieces[at]
            if piece is not None and "/" in piece:
                return (piece.rpartition("/")[2], *self.pieces[at + 1 :])
        return self.pieces

    @property
    def may_be_option(self) -> bool:
        """Whether it begins with `-`, or may begin so; what is quoted counts as an operand."""
        first = self.pieces[0] if self.pieces else ""
        return self.is_many and not self.is_glob if first is None else first.startswith("-")


def literal_word(text: str) -> Word:
    """Return the word with exactly this *text*."""
    return Word((text,), text)


def join_words(first: Word, second: Word) -> Word:
    """Join two words that have no space between them."""
    pieces = tuple(_join_pieces([*first.pieces, *second.pieces]))
    is_many, is_glob = first.is_many or second.is_many, first.is_glob or second.is_glob
    return Word(pieces, first.text + second.text, is_many, is_glob)


def read_word(node: "Node", source: bytes) -> Word:
    """Return the word at *node*."""
    text = source_text(node, source)
    if node.type in {"word", "number"} and PLAIN_WORD.fullmatch(text):
        return Word((text,), text)
    if node.type == "variable_assignment":  # of `export` and similar commands
        return Word((text.partition("=")[0] + "=", None), text)
    kinds = {child.type for child in node.children} if node.type == "concatenation" else {node.type}
    bare = {"word", "brace_expression"} & kinds
    if bare and BRACE_EXPANSION.search(text):
        return Word((None,), text, is_many=True)
    pieces = tuple(_join_pieces(_read_pieces(node, source)))
    is_glob = "word" in kinds and bool(re.search(r"[*?\[]", text))
    return Word(
        pieces, text, _expands_to_many(kinds, text) or (is_glob and None in pieces), is_glob
    )


def source_text(node: "Node", source: bytes) -> str:
    """Return the source text of *node*."""
    return source[node.start_byte : node.end_byte].decode(errors="replace")


def _expands_to_many(kinds: set[str], text: str) -> bool:
    if {"simple_expansion", "expansion", "command_substitution"} & kinds:
        return True
    return bool(ALL_ELEMENTS.search(text)) and not {"raw_string", "word", "number"} >= kinds


def _join_pieces(pieces: list[Piece]) -> list[Piece]:
    """Join adjacent literal pieces, and adjacent holes."""
    joined: list[Piece] = []
    for piece in pieces:
        if piece == "":
            continue
        if joined and piece is not None and joined[-1] is not None:
            joined[-1] += piece
        elif not (joined and piece is None and joined[-1] is None):
            joined.append(piece)
    return joined or [""]


def _read_pieces(node: "Node", source: bytes) -> list[Piece]:
    text = source_text(node, source)
    match node.type:
        case "$":
            # For $"..." after something else, the grammar separates it from the string.
            is_quoting = source[node.end_byte : node.end_byte + 1] == b'"'
            return _read_unquoted(text[:-1] if is_quoting and not text.endswith("\\$") else text)
        case "word" | "number" | "==" | "=~":
            return _read_unquoted(text)
        case "raw_string":
            return [text[1:-1]]
        case "ansi_c_string":
            body = source[node.start_byte + 2 : node.end_byte - 1]
            return [decode_ansi_c(body).decode(errors="replace")]
        case "string" | "translated_string":
            return _read_double_quoted(node, source)
        case "concatenation":
            return _read_concatenation(node, source)
        case "process_substitution":
            return ["/dev/fd/", None]
    return [None]


def _read_concatenation(node: "Node", source: bytes) -> list[Piece]:
    pieces: list[Piece] = []
    for child in node.children:
        text = source_text(child, source)
        # [abc] is three nodes; whatever follows is part of the hole.
        if child.type == "word" and text.startswith("["):
            return [*pieces, None]
        pieces += _read_pieces(child, source)
    return pieces


def _read_unquoted(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for found in UNQUOTED_PART.finditer(text):
        pieces += [text[at : found.start()], None if found["hole"] else found["escaped"] or ""]
        at = found.end()
    return [*pieces, text[at:]] if at < len(text) or not pieces else pieces


def _read_double_quoted(node: "Node", source: bytes) -> list[Piece]:
    """Return the pieces in double quotes: the text between the expansions."""
    pieces: list[Piece] = []
    at = node.start_byte + (2 if node.type == "translated_string" else 1)
    parts = node.named_children
    if node.type == "translated_string":
        parts = [part for child in parts for part in child.named_children]
    for part in parts:
        if part.type != "string_content":
            pieces += [_decode_double_quoted(source[at : part.start_byte]), None]
            at = part.end_byte
    return [*pieces, _decode_double_quoted(source[at : node.end_byte].removesuffix(b'"'))]


def _decode_double_quoted(text: bytes) -> str:
    return decode_double_quoted(text).decode(errors="replace")
