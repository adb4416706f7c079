"""Complete: find the matches for the word at the cursor.

The word and its place are found without a shell (completion_sites.py); a helper shell lists
what fits there.
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

# More than users read; a longer list would only slow the front end down.
MAX_MATCHES: Final = 1000
# A completion function may ask a daemon; both together are as long as users wait for a key.
TIMEOUT_SECONDS: Final = 1.5
LAST_TIMEOUT_SECONDS: Final = 0.5
HIDDEN: Final = re.compile(r"(^|/)\.[^/]*/?$")
OWN_PREFIX: Final = "__et"  # of EffectTalk's names in the session and in the helper shell


@dataclass(frozen=True, slots=True)
class CompletionMatch:
    """A text that can replace the word, and the kind of what it names."""

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
    """The result of one question, and the site to ask about if it has no matches."""

    completion: Completion
    otherwise: Site | None = None


async def complete(context: SessionContext, code: str, cursor: int) -> Completion:
    """Return the matches for *code* at *cursor*; none if the helper shell fails."""
    site: Site | None = locate(code, cursor, word_breaks(context.snapshot))
    last, timeout_seconds = Completion((), cursor, cursor), TIMEOUT_SECONDS
    while site is not None:
        found = await _answer(context, site, timeout_seconds)
        last, site = found.completion, found.otherwise
        timeout_seconds = LAST_TIMEOUT_SECONDS
    return last


async def _answer(context: SessionContext, site: Site, timeout_seconds: float) -> Lookup:
    """Ask a helper shell for the matches at *site*."""
    found: list[tuple[str, str]] = []
    if site.kind != "nothing":
        script = "arguments.sh" if site.kind == "arguments" else "complete.sh"
        question = (script, site.kind, *site.arguments)
        with suppress(HelperError):
            answer = await ask(context, *question, timeout_seconds=timeout_seconds)
            found = list(_read_pairs(answer.output))
    return _select(site, found)


def _select(site: Site, found: list[tuple[str, str]]) -> Lookup:
    """Return the matches, and the next site to ask about if there are none."""
    if site.otherwise is not None and site.kind == "arguments" and found:
        by = found.pop(0)[1]
        if site.otherwise.kind != "files":
            found = [] if by == "files" else found
        elif by == "files":  # it has listed files, too, which saves a second helper shell
            return _select(site.otherwise, found)
        else:
            return Lookup(_completion(site, found))
    completion = _completion(site, found)
    return Lookup(completion, None if completion.matches else site.otherwise)


def _read_pairs(output: bytes) -> Iterator[tuple[str, str]]:
    """Return the pairs of TYPE and TEXT, each ended by NUL; an incomplete one is dropped."""
    fields = output.decode(errors="surrogateescape").split("\0")[:-1]
    return zip(fields[::2], fields[1::2], strict=False)


def _completion(site: Site, found: Iterable[tuple[str, str]]) -> Completion:
    """Return the matches, sorted, each name once, as they are typed."""
    kinds: dict[str, MatchType] = {}
    for kind, name in found:
        if kind in get_args(MatchType):
            kinds.setdefault(name, cast("MatchType", kind))
    typed = ((_insert(site, kind, name), kind) for name, kind in kinds.items())
    matches = [CompletionMatch(text, kind) for text, kind in typed if text is not None]
    matches.sort(key=lambda match: (HIDDEN.search(match.text) is not None, match.text))
    return Completion(tuple(matches[:MAX_MATCHES]), site.start, site.end)


def _insert(site: Site, kind: MatchType, name: str) -> str | None:
    """Return the text that inserts *name* into the code; None if it is not offered."""
    if (
        kind in {"file", "directory"}
        and site.otherwise is not None
        and site.stem is not None
        and name.startswith(site.stem)
    ):  # the typed beginning stays as it was typed
        return _insert(site.otherwise, kind, name.removeprefix(site.stem))
    if kind == "directory":
        name = name.removesuffix("/")
        if name in {"", "."} or (name == ".." and site.arguments[-1] != ".."):
            return None
        # The quote stays open for the next name.
        text = quoted(name, site.quote)
        return None if text is None else f"{site.before}{text}/"
    if kind == "user":
        return f"~{name}/"
    if kind != "file" and name.startswith(OWN_PREFIX):
        return None
    exact = kind not in {"command", "file"}  # only names of files need quotes
    text = name if exact and not site.quote else quoted(name, site.quote)
    return None if text is None else f"{site.before}{text}{site.after}"
