"""Scan: where in shell code a cursor stands.

Pure: text in, a place out.  It reads as much of the grammar as it takes to know
quotes, comments, here-documents, open blocks and command position; whether the
code is right is the shell's own question (parse.py).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

Place = Literal["command", "argument", "arithmetic", "parameter", "comment", "text"]

# Kinds of frames that are part of a word of the frame below.
IN_WORD: Final = frozenset({"'", "$'", '"', "${"})
# After these words a command follows, as it does after their options.
PREFIXES: Final = frozenset(
    "! time sudo doas env xargs nohup nice ionice setsid stdbuf exec command builtin eval "
    "coproc then do else elif if while until {".split()
)
OPENERS: Final = {"if": "if", "case": "case", "{": "{"} | dict.fromkeys(
    ("for", "while", "until", "select"), "loop"
)
# A word at command position that turns the innermost frame into another.
TURNS: Final = {
    ("if", "then"): "then",
    ("then", "elif"): "if",
    ("then", "else"): "then",
    ("loop", "do"): "do",
}
CLOSERS: Final = {"fi": ("if", "then"), "done": ("do", "loop"), "}": ("{",), "esac": ("case",)}
ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*(\[.*\])?\+?=", re.DOTALL)

# One token each; what does not match is one plain character.
COMMAND_TOKEN: Final = re.compile(
    r"""\\.?|\$?['"]|\$\(\(|\$[({]|`|<<<|<<-?|[<>]\(|&>>?|>>|<>|[<>]&|>\||[<>]"""
    r"""|;;&|;;|;&|&&|\|\||\|&|[;&|()\n]|[ \t]+|\#|[^ \t\n\\$'"`<>;&|()#]+|.""",
    re.DOTALL,
)
TEXT_TOKEN: Final = re.compile(r"""\\.?|\$\(\(|\$[({]|['"`{}()]|[^\\$'"`{}()]+|.""", re.DOTALL)


@dataclass(slots=True)
class _Frame:
    """One construct that is open, and the simple command being read in it."""

    kind: str
    start: int | None = None
    place: Place = "command"
    redirects: bool = False
    command: str = ""
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the end of a piece of code stands."""

    start: int
    """Index of the first character of the word that ends here; the end if none does."""
    place: Place
    """What the word is; "text" inside a here-document."""
    quote: str
    """The quote that is open: "", ', $' or "."""
    command: str
    """The command word of this simple command, as typed; "" before it."""
    words: tuple[str, ...]
    """The words of this simple command before this one, as typed."""
    open_frames: tuple[str, ...]
    """What is still open, outermost first: if, then, loop, do, case, (, $(, ", << ..."""


def scan(code: str) -> Spot:
    """Return where the end of *code* stands; any text will do."""
    scanner = _Scanner(code)
    scanner.read()
    return scanner.spot()


class _Scanner:
    """One pass over shell code with a stack of what is open."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._at = 0
        self._frames = [_Frame("")]
        self._here_documents: list[tuple[str, bool]] = []
        self._awaits_delimiter = ""
        self._in_comment = False

    def read(self) -> None:
        """Read all tokens."""
        while self._at < len(self._code):
            kind = self._top.kind
            if kind in {"'", "$'"}:
                self._skip_quoted(kind)
            elif kind in {'"', "${", "((", "paren"}:
                self._read_text()
            else:
                self._read_command()

    def spot(self) -> Spot:
        """Return where the end stands."""
        frame, kinds = self._command_frame(), tuple(f.kind for f in self._frames if f.kind)
        start = len(self._code) if frame.start is None else frame.start
        quotes = [kind for kind in kinds if kind in {"'", "$'", '"'}]
        quote = quotes[-1] if quotes and self._top.kind in IN_WORD else ""
        return Spot(start, self._place(frame), quote, frame.command, tuple(frame.words), kinds)

    def _place(self, frame: _Frame) -> Place:
        if self._in_comment:
            return "comment"
        if self._top.kind in {"((", "paren"}:
            return "arithmetic"
        if self._top.kind == "${":
            return "parameter"
        if self._top.kind == "<<":
            return "text"
        return "argument" if frame.redirects or frame.kind == "case" else frame.place

    @property
    def _top(self) -> _Frame:
        return self._frames[-1]

    def _command_frame(self) -> _Frame:
        """Return the innermost frame that has words of its own."""
        return next(frame for frame in reversed(self._frames) if frame.kind not in IN_WORD)

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
        self._at += 1  # also over a last lone backslash

    def _read_text(self) -> None:
        """Read one token inside double quotes, ${...} or arithmetic."""
        token, kind = self._take(TEXT_TOKEN), self._top.kind
        if kind in {"((", "paren"}:
            self._read_parenthesis(token)
        if token in {"$((", "$(", "${", "`"}:
            self._expand(token)
        elif token == '"':
            self._pop() if kind == '"' else self._push('"')
        elif token == "}" and kind == "${":
            self._pop()
        elif token == "'" and kind == "${" and '"' not in [frame.kind for frame in self._frames]:
            self._push("'")

    def _read_parenthesis(self, token: str) -> None:
        if token == "(":
            self._push("paren")
        elif token == ")" and self._top.kind == "paren":
            self._pop()
        elif token == ")":
            self._pop()
            if self._code.startswith(")", self._at):
                self._at += 1

    def _expand(self, token: str) -> None:
        """Open an expansion, or close the backquotes that are open."""
        kinds = [frame.kind for frame in self._frames]
        if token == "`" and "`" in kinds:
            del self._frames[len(kinds) - 1 - kinds[::-1].index("`") :]
        else:
            self._push("((" if token == "$((" else token)

    def _push(self, kind: str) -> None:
        self._frames.append(_Frame(kind))

    def _pop(self) -> None:
        if len(self._frames) > 1:
            self._frames.pop()

    # Commands

    def _read_command(self) -> None:
        begin, frame = self._at, self._top
        token = self._take(COMMAND_TOKEN)
        if token == "#" and frame.start is None:
            self._skip_comment()
        elif token[0] in " \t\n" or token == "\\\n":
            self._read_blank(token, begin)
        elif token == "(":
            self._open_parenthesis()
        elif action := self._action(token):
            self._end_word(begin)
            action(token)
        else:
            self._begin_word(token, begin)

    def _action(self, token: str) -> Callable[[str], None] | None:
        if token == ")":
            return self._close_parenthesis
        if token in {";", "&", "&&", "||", "|", "|&", ";;", ";&", ";;&"}:
            return self._separate
        if (token[0] in "<>" and token[-1] != "(") or token.startswith("&>"):
            return self._redirect
        return None

    def _skip_comment(self) -> None:
        end = self._code.find("\n", self._at)
        self._in_comment = end < 0
        self._at = len(self._code) if end < 0 else end

    def _read_blank(self, token: str, begin: int) -> None:
        if token == "\\\n":  # a continuation is nothing at all, even in a word
            return
        self._end_word(begin)
        if token == "\n":
            self._start_command()
            self._skip_here_documents()

    def _begin_word(self, token: str, begin: int) -> None:
        if self._top.start is None:
            self._top.start = begin
        if token in {"$((", "$(", "${", "`", "<(", ">("}:
            self._expand(token)
        elif token in {"'", '"', "$'", '$"'}:
            self._push('"' if token.endswith('"') else token)

    def _end_word(self, end: int) -> None:
        """Take the word that ends before *end* into the simple command."""
        frame = self._top
        if frame.start is None:
            return
        word, frame.start = self._code[frame.start : end], None
        if self._awaits_delimiter:
            self._here_documents.append((_delimiter(word), self._awaits_delimiter == "<<-"))
            self._awaits_delimiter = ""
        if frame.redirects:
            frame.redirects = False
        elif word.isdigit() and self._code[end : end + 1] in {"<", ">"}:
            return  # the number of a descriptor
        elif frame.place == "command":
            self._read_command_word(word)
        else:
            frame.words.append(word)
            if frame.command == "function":
                self._start_command()
            elif word == "]]":
                frame.command = ""

    def _read_command_word(self, word: str) -> None:
        """Take a word at command position: it opens, turns or closes a block, or is a command."""
        frame = self._top
        if word in CLOSERS:
            self._close(word)
        elif turned := TURNS.get((frame.kind, word)):
            frame.kind = turned
        elif word in OPENERS:
            self._push(OPENERS[word])
            self._top.place = "argument" if word in {"for", "select", "case"} else "command"
        elif not ASSIGNMENT.match(word):
            frame.words.append(word)
            self._name_command(word)

    def _name_command(self, word: str) -> None:
        frame = self._top
        if not word.startswith("-"):
            frame.command = word
        if word not in PREFIXES and not word.startswith("-"):
            frame.place = "argument"

    def _close(self, word: str) -> None:
        if word == "esac" and self._top.kind == "clause":
            self._pop()
        if self._top.kind in CLOSERS[word]:
            self._pop()
        self._start_command()
        self._top.place = "argument"

    def _start_command(self) -> None:
        """Begin a new simple command, or the next pattern of a case."""
        frame = self._top
        frame.command, frame.words, frame.redirects = "", [], False
        # In a case the patterns stand where commands would, and in a=(...) words.
        frame.place = "argument" if frame.kind == "array" else "command"

    def _separate(self, token: str) -> None:
        if token in {";;", ";&", ";;&"} and self._top.kind == "clause":
            self._pop()
        if self._top.command != "[[":  # where && joins conditions
            self._start_command()

    def _redirect(self, token: str) -> None:
        self._top.redirects = True
        self._awaits_delimiter = token if token in {"<<", "<<-"} else ""

    def _open_parenthesis(self) -> None:
        frame, before = self._top, self._code[max(self._at - 2, 0)]
        if frame.start is None:
            self._open_group()
        elif before in {"=", "?", "*", "+", "@", "!"}:  # a=(...), or an extended pattern
            self._push("array")
            self._top.place = "argument"
        else:  # a function's
            self._end_word(self._at - 1)
            self._push("(")

    def _open_group(self) -> None:
        frame = self._top
        starts = frame.place == "command" or (frame.kind == "loop" and not frame.words)
        if starts and self._code.startswith("(", self._at):
            self._at += 1
            self._push("((")
        elif frame.kind != "case":  # where it begins a pattern
            self._push("(")

    def _close_parenthesis(self, _token: str) -> None:
        kind = self._top.kind
        if kind == "case":
            self._start_command()
            self._push("clause")
        elif kind in {"$(", "<(", ">(", "array"}:
            self._pop()
        elif kind == "(":
            self._pop()
            self._start_command()  # the body of a function, else an operator

    def _skip_here_documents(self) -> None:
        """Skip the bodies that begin here; one without its end stays open."""
        waiting, self._here_documents = self._here_documents, []
        for delimiter, stripped in waiting:
            tabs = r"\t*" if stripped else ""
            end = re.compile(rf"^{tabs}{re.escape(delimiter)}$", re.MULTILINE)
            found = end.search(self._code, self._at)
            if found is None:
                self._at = len(self._code)
                self._push("<<")
                return
            self._at = min(found.end() + 1, len(self._code))


def _delimiter(word: str) -> str:
    return re.sub(r"""\\(.)|['"]""", r"\1", word)
