"""Quoting: what a half-typed word stands for, and how to type the rest of it.

Pure.  A word whose value only running something could tell has no value here.
"""

import re
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.bash_quoting import decode_ansi_c, escape_ansi_c

Quote = str  # "" outside quotes, else ' or " or $'

# With its slash: a quoted one would keep the shell from expanding it.
TILDE: Final = re.compile(r"~(?:[\w.-]*|[+-])(?:/|$)")
VARIABLE: Final = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
SPECIAL: Final = re.compile(r"""[\s\\'"$`!#&()*;<>?\[\]^{|}~]""")
# A newline after a backslash would vanish, half a character cannot be sent at all.
NOT_PRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
# What may stand in $'...', less a backslash at the end.
ANSI_C: Final = re.compile(r"(?:[^'\\]|\\.)+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a word: literal text, or a shell expression for a tilde or a variable."""

    text: str
    expression: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """What a word stands for, and the quote that is still open at its end."""

    parts: tuple[Part, ...]
    quote: Quote

    @property
    def literal(self) -> str | None:
        """The text, or None if it takes a shell to know it."""
        if any(part.expression for part in self.parts):
            return None
        return "".join(part.text for part in self.parts)

    @property
    def shell_word(self) -> str:
        """The value as one shell word that runs nothing."""
        return (
            "".join(p.text if p.expression else single_quoted(p.text) for p in self.parts) or "''"
        )


def single_quoted(text: str) -> str:
    """Return *text* as a shell word."""
    return "'" + text.replace("'", "'\\''") + "'"


def evaluate(word: str, quote: Quote = "") -> Value | None:
    """Return the value of *word*, as typed, when *quote* is open before it.

    None when it holds a command substitution or another expansion that is more
    than a variable's name.
    """
    parts: list[Part] = []
    at = 0
    tilde = None if quote else TILDE.match(word)
    if tilde is not None:
        parts.append(Part(tilde[0], expression=True))
        at = tilde.end()
    while at < len(word):
        step = _step(word, at, quote)
        if step is None:
            return None
        part, at, quote = step
        parts.append(part)
    return Value(tuple(parts), quote)


def _step(word: str, at: int, quote: Quote) -> tuple[Part, int, Quote] | None:
    """Read one character or expansion; None at an expansion that is not ours."""
    character = word[at]
    if quote in {"'", "$'"}:
        return _quoted_step(word, at, quote)
    if character == "\\":
        return _escape_step(word, at, quote)
    if character == "$":
        return _dollar_step(word, at, quote)
    if character == '"':
        return Part(""), at + 1, "" if quote else '"'
    if character == "'" and not quote:
        return Part(""), at + 1, "'"
    if character == "`" or (not quote and character in "<>("):
        return None
    return Part(character), at + 1, quote


def _quoted_step(word: str, at: int, quote: Quote) -> tuple[Part, int, Quote] | None:
    if word[at] == "'":
        return Part(""), at + 1, ""
    if quote == "'":
        return Part(word[at]), at + 1, quote
    body = ANSI_C.match(word, at)
    if body is None:  # half an escape
        return None
    value = decode_ansi_c(body[0].encode(errors="surrogateescape"))
    return Part(value.decode(errors="surrogateescape")), body.end(), quote


def _escape_step(word: str, at: int, quote: Quote) -> tuple[Part, int, Quote]:
    following = word[at + 1 : at + 2]
    if following == "\n":
        return Part(""), at + 2, quote
    kept = "\\" if quote and following not in {"$", "`", '"', "\\"} else ""
    return Part(kept + following), at + 2, quote


def _dollar_step(word: str, at: int, quote: Quote) -> tuple[Part, int, Quote] | None:
    if not quote and word[at + 1 : at + 2] in {"'", '"'}:
        return Part(""), at + 2, word[at + 1].replace("'", "$'")
    found = VARIABLE.match(word, at)
    if found is not None:
        return Part(f'"${{{found[1] or found[2]}}}"', expression=True), found.end(), quote
    if re.match(r"\$[({\w@*#?$!-]", word[at:]):
        return None
    return Part("$"), at + 1, quote


def quoted(name: str, quote: Quote) -> str | None:
    """Return how to type *name* where *quote* is open; None where that cannot be."""
    if quote and any("\ud800" <= character <= "\udfff" for character in name):
        return None
    if quote == "'":
        return name.replace("'", "'\\''")
    if quote == "$'":
        return re.sub(r"['\\]", r"\\\g<0>", name)
    if quote == '"':
        return re.sub(r'[\\"$`]', r"\\\g<0>", name)
    if NOT_PRINTABLE.search(name):
        value = escape_ansi_c(name.encode(errors="surrogateescape"))
        return f"$'{value.decode()}'"
    return SPECIAL.sub(r"\\\g<0>", name)
