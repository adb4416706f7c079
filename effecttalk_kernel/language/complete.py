"""Complete: what could stand at the cursor.

The word and its place are found without a shell (locate); what fits there is asked
of a helper shell.  A new source of matches is one more kind of Site.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from effecttalk_kernel.language.frames import ASSIGNMENT
from effecttalk_kernel.language.helper import HelperError, Surroundings, ask
from effecttalk_kernel.language.quoting import evaluate, quoted
from effecttalk_kernel.language.scan import Spot, scan

MatchType = Literal[
    "command", "function", "alias", "builtin", "keyword",
    "variable", "file", "directory", "user", "host",
]  # fmt: skip
SiteKind = Literal["names", "files", "nothing"]

# More than anybody reads; the list would only slow the front end down.
MOST_MATCHES: Final = 1000
# In the order in which the shell looks for them; `compgen -A command` has them all.
COMMANDS: Final = ("alias", "keyword", "function", "builtin", "command")
VARIABLE: Final = re.compile(r"(?<!\\)(?:\\\\)*\$(\{[#!]?)?([A-Za-z_]\w*)?\Z", re.ASCII)
IDENTIFIER: Final = re.compile(r"(?<!\w)([A-Za-z_]\w*)?\Z", re.ASCII)
USER: Final = re.compile(r"~([\w.-]*)")
OPTION: Final = re.compile(r"--?[\w-]+=")
OUR_OWN: Final = "__et"  # the kernel's names in the session and the helper


@dataclass(frozen=True, slots=True)
class Match:
    """One text that could replace the word, and what it names."""

    text: str
    type: MatchType


@dataclass(frozen=True, slots=True)
class Completion:
    """Matches for code[start:end]; indexes count code points."""

    matches: tuple[Match, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Site:
    """What is to be completed, and how a match is put into the code."""

    kind: SiteKind
    start: int
    end: int
    """code[start:end] is replaced."""
    arguments: tuple[str, ...] = ()
    """What complete.sh is asked."""
    before: str = ""
    """What stands before the name in a match, as typed."""
    after: str = ""
    """What stands behind it: a closing quote or brace."""
    quote: str = ""
    """The quote that is open where the name begins."""
    spot: Spot | None = None
    """The simple command around it."""


async def complete(surroundings: Surroundings, code: str, cursor: int) -> Completion:
    """Return what fits into *code* at *cursor*; nothing if the helper shell fails."""
    site = locate(code, cursor)
    matches: list[Match] = []
    if site.kind != "nothing":
        try:
            answer = await ask(surroundings, "complete.sh", site.kind, *site.arguments)
        except HelperError:
            return Completion((), site.start, site.end)
        matches = _matches(site, _pairs(answer.output))
    return Completion(tuple(matches), site.start, site.end)


def _pairs(output: bytes) -> Iterator[tuple[MatchType, str]]:
    """Read TYPE and TEXT, each ended by NUL; a cut-off end is dropped."""
    fields = output.decode(errors="surrogateescape").split("\0")[:-1]
    for kind, text in zip(fields[::2], fields[1::2], strict=False):
        if kind in get_args(MatchType):
            yield cast("MatchType", kind), text


def _matches(site: Site, found: Iterable[tuple[MatchType, str]]) -> list[Match]:
    """Return the first of each name, sorted, as they are to be typed."""
    kinds: dict[str, MatchType] = {}
    for kind, name in found:
        kinds.setdefault(name, kind)
    typed = ((_typed(site, kind, name), kind) for name, kind in kinds.items())
    matches = [Match(text, kind) for text, kind in typed if text is not None]
    return sorted(matches, key=lambda match: match.text)[:MOST_MATCHES]


def _typed(site: Site, kind: MatchType, name: str) -> str | None:
    """Return the text that puts *name* into the code, None if it is not to be offered."""
    if kind == "directory":
        if name in {"", "."} or (name == ".." and site.arguments[-1] != ".."):
            return None
        # The quote stays open: the next name goes into it.
        text = quoted(name, site.quote)
        return None if text is None else f"{site.before}{text}/"
    if kind == "user":
        return f"~{name}/"
    exact = kind not in {"command", "file"}  # not a file's name: needs no quotes
    if site.kind == "names" and name.startswith(OUR_OWN):
        return None
    text = name if exact and not site.quote else quoted(name, site.quote)
    return None if text is None else f"{site.before}{text}{site.after}"


def locate(code: str, cursor: int) -> Site:
    """Return what is to be completed in *code* at *cursor*."""
    end = max(0, min(cursor, len(code)))
    spot = scan(code[:end])
    following = code[end : end + 1]
    if spot.place == "comment":
        return Site("nothing", end, end)
    site = _variable_site(code[:end], spot, following)
    if site is not None or spot.place in {"arithmetic", "parameter", "text"}:
        return site or Site("nothing", end, end)
    word = code[spot.start : end]
    if spot.place == "command" and "/" not in word and not ASSIGNMENT.match(word):
        return _command_site(word, spot, end, following)
    return _file_site(word, spot, end, following)


def _variable_site(text: str, spot: Spot, following: str) -> Site | None:
    """Return a site after `$` or `${`, or for a bare name in arithmetic."""
    found = None if spot.quote in {"'", "$'"} else VARIABLE.search(text)
    if found is None and spot.place == "arithmetic":
        found = IDENTIFIER.search(text)
    if found is None:
        return None
    name = found[found.re.groups] or ""
    braced = found.re is VARIABLE and found[1] is not None
    after = "}" if braced and not re.match(r"[\w}:#%/\[^,@+=?-]", following) else ""
    return Site(
        "names", len(text) - len(name), len(text), (name, "variable"), after=after, spot=spot
    )


def _command_site(word: str, spot: Spot, end: int, following: str) -> Site:
    user = USER.fullmatch(word)
    if user is not None:
        return Site("names", spot.start, end, (user[1], "user"), spot=spot)
    value = evaluate(word)
    if value is None or value.literal is None:
        return Site("nothing", end, end)
    arguments = (value.literal, *COMMANDS)
    closing = _closing(value.quote, following)
    return Site("names", spot.start, end, arguments, value.quote, closing, value.quote, spot)


def _file_site(word: str, spot: Spot, end: int, following: str) -> Site:
    option = ASSIGNMENT.match(word) or OPTION.match(word)
    start = spot.start + (option.end() if option else 0)
    word = word[start - spot.start :]
    user = USER.fullmatch(word)
    if user is not None:
        return Site("names", start, end, (user[1], "user"), spot=spot)
    slash = word.rfind("/") + 1
    directory = evaluate(word[:slash])
    if directory is None:
        return Site("nothing", end, end)
    name = evaluate(word[slash:], directory.quote)
    if name is None or name.literal is None:
        return Site("nothing", end, end)
    arguments = (directory.shell_word, name.literal)
    quote = directory.quote or name.quote
    before = word[:slash] + ("" if directory.quote else name.quote)
    return Site("files", start, end, arguments, before, _closing(quote, following), quote, spot)


def _closing(quote: str, following: str) -> str:
    """Return the quote that closes a finished name, "" if it is there already."""
    closing = quote[-1:]
    return "" if following == closing else closing
