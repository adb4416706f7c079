"""Engine: Google's RE2, which has no slow patterns, behind the few calls used here.

It is imported with the first pattern: a kernel starts without it. Bytes are
Latin-1 to it, so that invalid UTF-8 hides nothing.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, Protocol

from effecttalk_kernel.errors import EffectTalkError

# Room for the states of an automaton; RE2's own 8 MiB are used up by some
# hundred values.
MEMORY_BYTES: Final = 64 << 20
LONGEST_LITERAL: Final = 12


class PatternError(EffectTalkError):
    """A pattern is not in RE2's syntax."""


class RegexpMatch(Protocol):
    """One occurrence."""

    def start(self, group: int = 0, /) -> int:
        """Return where the group begins; -1 if it is not part of this match."""

    def end(self, group: int = 0, /) -> int:
        """Return where the group ends."""


class Regexp(Protocol):
    """A compiled pattern."""

    @property
    def groupindex(self) -> dict[bytes, int]:
        """The numbers of the named groups."""

    def search(self, text: bytes, pos: int = 0, /) -> RegexpMatch | None:
        """Return the first occurrence from *pos* on."""

    def match(self, text: bytes, pos: int = 0, /) -> RegexpMatch | None:
        """Return the occurrence at *pos*."""


def compile_pattern(pattern: bytes) -> Regexp:
    """Return *pattern*, whose groups can be asked for.

    Raises:
        PatternError: it is not in RE2's syntax.

    """
    re2 = _re2()
    try:
        regexp: Regexp = re2.compile(pattern, _options(has_groups=True))
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise PatternError(reason.decode() if isinstance(reason, bytes) else reason) from None
    return regexp


def compile_any(patterns: Iterable[bytes]) -> Regexp:
    """Return one pattern that finds where any of *patterns* is."""
    alternatives = b"|".join(b"(?:%b)" % pattern for pattern in patterns)
    regexp: Regexp = _re2().compile(alternatives, _options(has_groups=False))
    return regexp


def compile_set(patterns: Iterable[bytes]) -> Callable[[bytes], list[int]]:
    """Return a function that tells which of *patterns*, by number, are in a text."""
    chosen = _re2().Set.SearchSet(_options(has_groups=False))
    for pattern in patterns:
        chosen.Add(pattern)
    chosen.Compile()
    return lambda text: chosen.Match(text) or []


def escape(text: bytes) -> bytes:
    """Return the pattern of *text* itself."""
    quoted: bytes = _re2().escape(text)
    return quoted


def literal_prefix(pattern: bytes) -> str:
    """Return the characters that every match of *pattern* begins with."""
    try:
        least, most = (
            _re2().compile(pattern, _options(has_groups=False)).possiblematchrange(LONGEST_LITERAL)
        )
    except _re2().error:
        return ""
    same = 0
    while same < min(len(least), len(most)) and least[same] == most[same]:
        same += 1
    return str(least[:same], "latin-1") if least[:same].isascii() else ""


def _options(*, has_groups: bool) -> Any:  # noqa: ANN401 # re2 has no types
    options = _re2().Options()
    options.encoding = _re2().Options.Encoding.LATIN1
    options.max_mem = MEMORY_BYTES
    options.never_capture = not has_groups
    options.log_errors = False
    return options


@cache
def _re2() -> Any:  # noqa: ANN401 # re2 has no types
    import re2

    return re2
