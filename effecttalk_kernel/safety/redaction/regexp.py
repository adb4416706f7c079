"""Regular expressions by RE2, which has no slow patterns.

RE2 is imported with the first pattern: a kernel starts without it. It reads bytes as
Latin-1, so that invalid UTF-8 hides nothing.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, Protocol

from effecttalk_kernel.errors import EffectTalkError

# Memory for the states of an automaton; a few hundred values use up the default of RE2,
# 8 MiB.
MAX_MEMORY_BYTES: Final = 64 << 20
MAX_LITERAL: Final = 12


class PatternError(EffectTalkError):
    """A pattern is not valid in RE2's syntax."""


class RegexpMatch(Protocol):
    """One match of a pattern."""

    def start(self, group: int = 0, /) -> int:
        """Return where the group begins, or -1 if it did not take part in the match."""

    def end(self, group: int = 0, /) -> int:
        """Return where the group ends."""


class Regexp(Protocol):
    """A compiled pattern."""

    @property
    def groupindex(self) -> dict[bytes, int]:
        """The numbers of the named groups."""

    def search(self, text: bytes, pos: int = 0, /) -> RegexpMatch | None:
        """Return the first match from *pos* on."""

    def match(self, text: bytes, pos: int = 0, /) -> RegexpMatch | None:
        """Return the match at *pos*."""


def compile_pattern(pattern: bytes) -> Regexp:
    """Compile *pattern*, with its groups.

    Raises:
        PatternError: *pattern* is not valid in RE2's syntax.

    """
    re2 = _load_re2()
    try:
        regexp: Regexp = re2.compile(pattern, _make_options(has_groups=True))
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise PatternError(reason.decode() if isinstance(reason, bytes) else reason) from None
    return regexp


def compile_any(patterns: Iterable[bytes]) -> Regexp:
    """Compile one pattern that matches wherever any of *patterns* does."""
    alternatives = b"|".join(b"(?:%b)" % pattern for pattern in patterns)
    regexp: Regexp = _load_re2().compile(alternatives, _make_options(has_groups=False))
    return regexp


def compile_set(patterns: Iterable[bytes]) -> Callable[[bytes], list[int]]:
    """Return a function that returns the indices of the *patterns* that match in a text."""
    chosen = _load_re2().Set.SearchSet(_make_options(has_groups=False))
    for pattern in patterns:
        chosen.Add(pattern)
    chosen.Compile()
    return lambda text: chosen.Match(text) or []


def escape(text: bytes) -> bytes:
    """Return the pattern that matches exactly *text*."""
    quoted: bytes = _load_re2().escape(text)
    return quoted


def literal_prefix(pattern: bytes) -> str:
    """Return the characters with which every match of *pattern* begins."""
    try:
        least, most = (
            _load_re2()
            .compile(pattern, _make_options(has_groups=False))
            .possiblematchrange(MAX_LITERAL)
        )
    except _load_re2().error:
        return ""
    same = 0
    while same < min(len(least), len(most)) and least[same] == most[same]:
        same += 1
    return str(least[:same], "latin-1") if least[:same].isascii() else ""


def _make_options(*, has_groups: bool) -> Any:  # noqa: ANN401 # re2 has no types
    options = _load_re2().Options()
    options.encoding = _load_re2().Options.Encoding.LATIN1
    options.max_mem = MAX_MEMORY_BYTES
    options.never_capture = not has_groups
    options.log_errors = False
    return options


@cache
def _load_re2() -> Any:  # noqa: ANN401 # re2 has no types
    import re2

    return re2
