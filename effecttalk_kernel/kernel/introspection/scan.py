"""Scan: find the position of the cursor in shell code.

Pure: text in, a position out. It knows enough of the grammar for quotes, comments,
here-documents, open blocks and command position; only the shell knows whether the code is
valid (completeness.py).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from effecttalk_kernel.kernel.introspection.open_constructs import IN_WORD, Frame, Frames, Place

# One symbol at a time; any other character is a plain one.
COMMAND_SYMBOL: Final = re.compile(
    r"""\\.?|\$?['"]|\$\(\(|\$[({]|`|<<<|<<-?|[<>]\(|&>>?|>>|<>|[<>]&|>\||[<>]"""
    r"""|;;&|;;|;&|&&|\|\||\|&|[;&|()\n]|[ \t]+|\#|[^ \t\n\\$'"`<>;&|()#]+|.""",
    re.DOTALL,
)
TEXT_SYMBOL: Final = re.compile(r"""\\.?|\$\(\(|\$[({]|['"`{}()]|[^\\$'"`{}()]+|.""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CursorPosition:
    """The syntactic position of the end of a piece of code."""

    start: int
    """The index at which the word that ends here begins; the end if there is no word."""
    place: Place
    """The role of the word; "text" inside a here-document."""
    quote: str
    """The open quote: "", ', $' or "."""
    command: str
    """The command of this simple command, as typed; "" before it."""
    words: tuple[str, ...]
    """The earlier words of this simple command, as typed."""
    is_target: bool
    """Whether the word is the target of a redirection."""
    open_frames: tuple[str, ...]
    """The open constructs, outermost first: if, then, loop, do, case, (, $(, ", << ..."""


def scan(code: str) -> CursorPosition:
    """Return the position of the end of *code*, which may be any text."""
    scanner = _Scanner(code)
    scanner.read()
    return scanner.position()


class _Scanner:
    """Reads shell code once, with a stack of open constructs."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._at = 0
        self._frames = Frames()
        self._here_documents: list[tuple[str, bool]] = []
        self._awaits_delimiter = ""
        self._in_comment = False

    def read(self) -> None:
        """Read all of the code."""
        while self._at < len(self._code):
            kind = self._frames.top.kind
            if kind in {"'", "$'"}:
                self._skip_quoted(kind)
            elif kind in {'"', "${", "((", "paren"}:
                self._read_text()
            else:
                self._read_command()

    def position(self) -> CursorPosition:
        """Return the position of the end."""
        frame, kinds = self._frames.with_words, tuple(self._frames.kinds[1:])
        start = len(self._code) if frame.start is None else frame.start
        quotes = [kind for kind in kinds if kind in {"'", "$'", '"'}]
        quote = quotes[-1] if quotes and self._frames.top.kind in IN_WORD else ""
        place, words = self._place(frame), tuple(frame.words)
        return CursorPosition(start, place, quote, frame.command, words, frame.redirects, kinds)

    def _place(self, frame: Frame) -> Place:
        if self._in_comment:
            return "comment"
        if self._frames.top.kind in {"((", "paren"}:
            return "arithmetic"
        if self._frames.top.kind == "${":
            return "parameter"
        if self._frames.top.kind == "<<":
            return "text"
        return "argument" if frame.redirects or frame.kind == "case" else frame.place

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._code, self._at)
        assert found is not None  # both patterns end in "any character"
        self._at = found.end()
        return found[0]

    # Quotes and expansions

    def _skip_quoted(self, kind: str) -> None:
        escaped = kind == "$'"
        end = re.compile(r"(?:\\.|[^\\'])*" if escaped else r"[^']*", re.DOTALL)
        self._take(end)
        if self._code.startswith("'", self._at):
            self._frames.pop()
        self._at += 1  # also past a single backslash at the end

    def _read_text(self) -> None:
        """Read one symbol inside double quotes, ${...} or arithmetic."""
        symbol, kind = self._take(TEXT_SYMBOL), self._frames.top.kind
        if kind in {"((", "paren"}:
            self._read_parenthesis(symbol)
        if symbol in {"$((", "$(", "${", "`"}:
            self._frames.expand(symbol)
        elif symbol == '"':
            self._frames.pop() if kind == '"' else self._frames.push('"')
        elif symbol == "}" and kind == "${":
            self._frames.pop()
        elif symbol == "'" and kind == "${" and '"' not in self._frames.kinds:
            self._frames.push("'")

    def _read_parenthesis(self, symbol: str) -> None:
        if symbol == "(":
            self._frames.push("paren")
        elif symbol == ")" and self._frames.top.kind == "paren":
            self._frames.pop()
        elif symbol == ")":
            self._frames.pop()
            if self._code.startswith(")", self._at):
                self._at += 1

    # Commands

    def _read_command(self) -> None:
        begin, frame = self._at, self._frames.top
        symbol = self._take(COMMAND_SYMBOL)
        if symbol == "#" and frame.start is None:
            self._skip_comment()
        elif symbol[0] in " \t\n" or symbol == "\\\n":
            self._read_blank(symbol, begin)
        elif symbol == "(":
            self._open_parenthesis()
        elif action := self._action(symbol):
            self._end_word(begin)
            action()
        else:
            self._begin_word(symbol, begin)

    def _action(self, symbol: str) -> Callable[[], None] | None:
        """Return the action of an operator, for after the end of the word before it."""
        if symbol == ")":
            return self._frames.close_parenthesis
        if symbol in {";", "&", "&&", "||", "|", "|&", ";;", ";&", ";;&"}:
            return partial(self._frames.separate, symbol)
        if (symbol[0] in "<>" and symbol[-1] != "(") or symbol.startswith("&>"):
            return partial(self._redirect, symbol)
        return None

    def _skip_comment(self) -> None:
        end = self._code.find("\n", self._at)
        self._in_comment = end < 0
        self._at = len(self._code) if end < 0 else end

    def _read_blank(self, symbol: str, begin: int) -> None:
        if symbol == "\\\n":  # a line continuation, which does not even end a word
            return
        self._end_word(begin)
        if symbol == "\n":
            self._frames.start_command()
            self._skip_here_documents()

    def _begin_word(self, symbol: str, begin: int) -> None:
        if self._frames.top.start is None:
            self._frames.top.start = begin
        if symbol in {"$((", "$(", "${", "`", "<(", ">("}:
            self._frames.expand(symbol)
        elif symbol in {"'", '"', "$'", '$"'}:
            self._frames.push('"' if symbol.endswith('"') else symbol)

    def _end_word(self, end: int) -> None:
        """Add the word that ends before *end* to the simple command."""
        frame = self._frames.top
        if frame.start is None:
            return
        word, frame.start = self._code[frame.start : end], None
        if self._awaits_delimiter:
            self._here_documents.append((_delimiter(word), self._awaits_delimiter == "<<-"))
            self._awaits_delimiter = ""
        # Digits right before a redirection are the number of a descriptor.
        if not (word.isdigit() and self._code[end : end + 1] in {"<", ">"}):
            self._frames.take_word(word)

    def _redirect(self, symbol: str) -> None:
        self._frames.top.redirects = True
        self._awaits_delimiter = symbol if symbol in {"<<", "<<-"} else ""

    def _open_parenthesis(self) -> None:
        frame, before = self._frames.top, self._code[max(self._at - 2, 0)]
        if frame.start is None:
            self._open_group()
        elif before in {"=", "?", "*", "+", "@", "!"}:  # a=(...), or an extended pattern
            self._frames.push("array", "argument")
        else:  # that of a function
            self._end_word(self._at - 1)
            self._frames.push("(")

    def _open_group(self) -> None:
        frame = self._frames.top
        starts = frame.place == "command" or (frame.kind == "loop" and not frame.words)
        if starts and self._code.startswith("(", self._at):
            self._at += 1
            self._frames.push("((")
        elif frame.kind != "case":  # there, it begins a pattern
            self._frames.push("(")

    def _skip_here_documents(self) -> None:
        """Skip the here-documents that begin here; one without an end stays open."""
        waiting, self._here_documents = self._here_documents, []
        for delimiter, stripped in waiting:
            tabs = r"\t*" if stripped else ""
            end = re.compile(rf"^{tabs}{re.escape(delimiter)}$", re.MULTILINE)
            found = end.search(self._code, self._at)
            if found is None:
                self._at = len(self._code)
                self._frames.push("<<")
                return
            self._at = min(found.end() + 1, len(self._code))


def _delimiter(word: str) -> str:
    return re.sub(r"""\\(.)|['"]""", r"\1", word)
