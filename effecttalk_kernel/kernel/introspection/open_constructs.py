"""Frames: the constructs that are open at a place in shell code.

Pure. It gets words and operators, and knows which of them open and close blocks; scan.py
reads them.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

Place = Literal["command", "argument", "arithmetic", "parameter", "comment", "text"]

# Frames that are part of a word of the outer frame.
IN_WORD: Final = frozenset({"'", "$'", '"', "${"})
# A command follows these words and their options.
PREFIXES: Final = frozenset(
    {"!", "time", "sudo", "doas", "env", "xargs", "nohup", "nice", "ionice", "setsid", "stdbuf"}
    | {"exec", "command", "builtin", "eval", "coproc"}
    | {"then", "do", "else", "elif", "if", "while", "until", "{"}
)
OPENERS: Final = {"if": "if", "case": "case", "{": "{"} | dict.fromkeys(
    ("for", "while", "until", "select"), "loop"
)
# A word in command position that changes the kind of the innermost frame.
TURNS: Final = {
    ("if", "then"): "then",
    ("then", "elif"): "if",
    ("then", "else"): "then",
    ("loop", "do"): "do",
}
CLOSERS: Final = {"fi": ("if", "then"), "done": ("do", "loop"), "}": ("{",), "esac": ("case",)}
ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*(\[.*\])?\+?=", re.DOTALL)


@dataclass(slots=True)
class Frame:
    """An open construct, and the simple command that is being read in it."""

    kind: str
    start: int | None = None
    place: Place = "command"
    redirects: bool = False
    command: str = ""
    words: list[str] = field(default_factory=list)


class Frames:
    """A stack of frames; the outermost one is the code itself, and always stays."""

    def __init__(self) -> None:
        self._frames = [Frame("")]

    @property
    def top(self) -> Frame:
        """The innermost frame."""
        return self._frames[-1]

    @property
    def kinds(self) -> list[str]:
        """The kinds of all frames, outermost first."""
        return [frame.kind for frame in self._frames]

    @property
    def with_words(self) -> Frame:
        """The innermost frame that consists of words."""
        return next(frame for frame in reversed(self._frames) if frame.kind not in IN_WORD)

    def push(self, kind: str, place: Place = "command") -> None:
        """Open a frame."""
        self._frames.append(Frame(kind, place=place))

    def pop(self) -> None:
        """Close the innermost frame."""
        if len(self._frames) > 1:
            self._frames.pop()

    def expand(self, symbol: str) -> None:
        """Open an expansion, or close open backquotes."""
        if symbol == "`" and symbol in (kinds := self.kinds):
            del self._frames[len(kinds) - 1 - kinds[::-1].index(symbol) :]
        else:
            self.push("((" if symbol == "$((" else symbol)

    def take_word(self, word: str) -> None:
        """Add a complete word to the simple command of the innermost frame."""
        frame = self.top
        if frame.redirects:
            frame.redirects = False
        elif frame.place == "command":
            self._take_command_word(word)
        else:
            frame.words.append(word)
            if frame.command == "function":
                self.start_command()
            elif word == "]]":
                frame.command = ""

    def separate(self, operator: str) -> None:
        """End the simple command at *operator*."""
        if operator in {";;", ";&", ";;&"} and self.top.kind == "clause":
            self.pop()
        if self.top.command != "[[":  # there, && joins conditions
            self.start_command()

    def close_parenthesis(self) -> None:
        """Handle a `)` between commands."""
        kind = self.top.kind
        if kind == "case":
            self.start_command()
            self.push("clause")
        elif kind in {"$(", "<(", ">(", "array"}:
            self.pop()
        elif kind == "(":
            self.pop()
            self.start_command()  # the body of a function, or an operator

    def _take_command_word(self, word: str) -> None:
        """Handle a word in command position: part of a block's syntax, or a command."""
        frame = self.top
        if word in CLOSERS:
            self._close(word)
        elif turned := TURNS.get((frame.kind, word)):
            frame.kind = turned
        elif word in OPENERS:
            named = word in {"for", "select", "case"}
            self.push(OPENERS[word], "argument" if named else "command")
        elif not ASSIGNMENT.match(word):
            frame.words.append(word)
            self._name_command(word)

    def _name_command(self, word: str) -> None:
        frame = self.top
        if not word.startswith("-"):
            frame.command = word
        if word not in PREFIXES and not word.startswith("-"):
            frame.place = "argument"

    def _close(self, word: str) -> None:
        if word == "esac" and self.top.kind == "clause":
            self.pop()
        if self.top.kind in CLOSERS[word]:
            self.pop()
        self.start_command()
        self.top.place = "argument"

    def start_command(self) -> None:
        """Begin a simple command, or the next pattern of a case."""
        frame = self.top
        frame.command, frame.words, frame.redirects = "", [], False
        # Patterns of a case are in command position; in a=(...), there are only words.
        frame.place = "argument" if frame.kind == "array" else "command"
