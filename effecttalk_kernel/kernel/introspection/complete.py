"""Complete: what could stand at the cursor.

The word and its place are found without a shell (sites.py); what fits there is asked
of a helper shell.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from effecttalk_kernel.kernel.introspection.completion_sites import Site, locate
from effecttalk_kernel.kernel.introspection.helper_shell import HelperError, SessionContext, ask
from effecttalk_kernel.kernel.introspection.quoting import quoted
from effecttalk_kernel.kernel.introspection.words import word_breaks

MatchType = Literal[
    "command", "function", "alias", "builtin", "keyword",
    "variable", "file", "directory", "user", "host", "option", "argument",
]  # fmt: skip

# More than anybody reads; the list would only slow the front end down.
MOST_MATCHES: Final = 1000
# A completion function may ask a daemon; together not longer than one waits for a key.
TIMEOUT_SECONDS: Final = 1.5
LAST_TIMEOUT_SECONDS: Final = 0.5
HIDDEN: Final = re.compile(r"(^|/)\.[^/]*/?$")
OUR_OWN: Final = "__et"  # the kernel's names in the session and the helper


@dataclass(frozen=True, slots=True)
class CompletionMatch:
    """One text that could replace the word, and what it names."""

    text: str
    type: MatchType


@dataclass(frozen=True, slots=True)
class Completion:
    """Matches for code[start:end]; indexes count code points."""

    matches: tuple[CompletionMatch, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lookup:
    """An answer, and what is to be asked instead if it is none."""

    completion: Completion
    otherwise: Site | None = None


async def complete(context: SessionContext, code: str, cursor: int) -> Completion:
    """Return what fits into *code* at *cursor*; nothing if the helper shell fails."""
    site: Site | None = locate(code, cursor, word_breaks(context.snapshot))
    last, timeout_seconds = Completion((), cursor, cursor), TIMEOUT_SECONDS
    while site is not None:
        found = await _answer(context, site, timeout_seconds)
        last, site = found.completion, found.otherwise
        timeout_seconds = LAST_TIMEOUT_SECONDS
    return last


async def _answer(context: SessionContext, site: Site, timeout_seconds: float) -> Lookup:
    """Ask a helper shell what fits at *site*."""
    found: list[tuple[str, str]] = []
    if site.kind != "nothing":
        script = "arguments.sh" if site.kind == "arguments" else "complete.sh"
        question = (script, site.kind, *site.arguments)
        with suppress(HelperError):
            answer = await ask(context, *question, timeout_seconds=timeout_seconds)
            found = list(_pairs(answer.output))
    return _judged(site, found)


def _judged(site: Site, found: list[tuple[str, str]]) -> Lookup:
    """Return the matches, and what to ask if there are none."""
    if site.otherwise is not None and site.kind == "arguments" and found:
        by = found.pop(0)[1]
        if site.otherwise.kind != "files":
            found = [] if by == "files" else found
        elif by == "files":  # it has looked for them, too, to save a second helper
            return _judged(site.otherwise, found)
        else:
            return Lookup(_completion(site, found))
    completion = _completion(site, found)
    return Lookup(completion, None if completion.matches else site.otherwise)


def _pairs(output: bytes) -> Iterator[tuple[str, str]]:
    """Read TYPE and TEXT, each ended by NUL; a cut-off end is dropped."""
    fields = output.decode(errors="surrogateescape").split("\0")[:-1]
    return zip(fields[::2], fields[1::2], strict=False)


def _completion(site: Site, found: Iterable[tuple[str, str]]) -> Completion:
    """Return the first of each name, sorted, as they are to be typed."""
    kinds: dict[str, MatchType] = {}
    for kind, name in found:
        if kind in get_args(MatchType):
            kinds.setdefault(name, cast("MatchType", kind))
    typed = ((_typed(site, kind, name), kind) for name, kind in kinds.items())
    matches = [CompletionMatch(text, kind) for text, kind in typed if text is not None]
    matches.sort(key=lambda match: (HIDDEN.search(match.text) is not None, match.text))
    return Completion(tuple(matches[:MOST_MATCHES]), site.start, site.end)


def _typed(site: Site, kind: MatchType, name: str) -> str | None:
    """Return the text that puts *name* into the code, None if it is not to be offered."""
    if (
        kind in {"file", "directory"}
        and site.otherwise is not None
        and site.stem is not None
        and name.startswith(site.stem)
    ):  # what was typed of it stays as it was typed
        return _typed(site.otherwise, kind, name.removeprefix(site.stem))
    if kind == "directory":
        name = name.removesuffix("/")
        if name in {"", "."} or (name == ".." and site.arguments[-1] != ".."):
            return None
        # The quote stays open: the next name goes into it.
        text = quoted(name, site.quote)
        return None if text is None else f"{site.before}{text}/"
    if kind == "user":
        return f"~{name}/"
    if kind != "file" and name.startswith(OUR_OWN):
        return None
    exact = kind not in {"command", "file"}  # not a file's name: needs no quotes
    text = name if exact and not site.quote else quoted(name, site.quote)
    return None if text is None else f"{site.before}{text}{site.after}"
