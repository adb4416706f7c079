"""Completion sites: what to complete at the cursor, and how to insert a match there.

Pure. A helper shell lists the matches (complete.py); a new source of matches is another kind
of Site.
"""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from effecttalk_kernel.kernel.introspection.open_constructs import ASSIGNMENT
from effecttalk_kernel.kernel.introspection.quoting import Value, evaluate
from effecttalk_kernel.kernel.introspection.scan import CursorPosition, scan
from effecttalk_kernel.kernel.introspection.words import WORD_BREAKS, pieces, simple_command

SiteKind = Literal["names", "files", "arguments", "nothing"]

# In the order in which the shell looks them up; `compgen -A command` lists all of them.
COMMANDS: Final = ("alias", "keyword", "function", "builtin", "command")
VARIABLE: Final = re.compile(r"(?<!\\)(?:\\\\)*\$(\{[#!]?)?([A-Za-z_]\w*)?\Z", re.ASCII)
IDENTIFIER: Final = re.compile(r"(?<!\w)([A-Za-z_]\w*)?\Z", re.ASCII)
USER: Final = re.compile(r"~([\w.-]*)")
OPTION: Final = re.compile(r"--?[\w-]+=")


@dataclass(frozen=True, slots=True)
class Site:
    """What to complete, and how to insert a match into the code."""

    kind: SiteKind
    start: int
    end: int
    """code[start:end] is replaced."""
    arguments: tuple[str, ...] = ()
    """The arguments of the question for the helper shell."""
    before: str = ""
    """The text before the name in a match, as typed."""
    after: str = ""
    """The text after it: a closing quote or brace."""
    quote: str = ""
    """The quote that is open where the name begins."""
    otherwise: "Site | None" = None
    """The site to ask about if this one has no matches."""
    stem: str | None = None
    """The directory at the beginning of a file's name; None if *otherwise* takes no files."""


def locate(code: str, cursor: int, breaks: str = WORD_BREAKS) -> Site:
    """Return what to complete in *code* at *cursor*.

    *breaks* are the characters that end a word for programmable completion.
    """
    end = max(0, min(cursor, len(code)))
    position = scan(code[:end])
    following = code[end : end + 1]
    if position.place == "comment":
        return Site("nothing", end, end)
    site = _variable_site(code[:end], position, following)
    if site is not None or position.place in {"arithmetic", "parameter", "text"}:
        return site or Site("nothing", end, end)
    word = code[position.start : end]
    if position.place == "command" and "/" not in word and not ASSIGNMENT.match(word):
        site = _command_site(word, position, end, following)
        # An option of a prefix such as sudo, or its value.
        is_argument = any(w.startswith("-") for w in (word, *position.words[-1:]))
    else:
        site = _file_or_part_site(word, position, breaks, following)
        is_word = position.place == "argument" and not position.is_target
        is_argument = is_word and site.kind == "files"
    if is_argument and position.command:
        return _argument_site(word, position, breaks, site)
    return site


def _variable_site(text: str, position: CursorPosition, following: str) -> Site | None:
    """Return a site after `$` or `${`, or for a bare name in arithmetic."""
    found = None if position.quote in {"'", "$'"} else VARIABLE.search(text)
    if found is None and position.place == "arithmetic":
        found = IDENTIFIER.search(text)
    if found is None:
        return None
    name = found[found.re.groups] or ""
    braced = found.re is VARIABLE and found[1] is not None
    after = "}" if braced and not re.match(r"[\w}:#%/\[^,@+=?-]", following) else ""
    return Site("names", len(text) - len(name), len(text), (name, "variable"), after=after)


def _command_site(word: str, position: CursorPosition, end: int, following: str) -> Site:
    user = USER.fullmatch(word)
    if user is not None:
        return Site("names", position.start, end, (user[1], "user"))
    value = evaluate(word)
    if value is None or value.literal is None:
        return Site("nothing", end, end)
    arguments = (value.literal, *COMMANDS)
    closing = _closing(value.quote, following)
    return Site("names", position.start, end, arguments, value.quote, closing, value.quote)


def _file_or_part_site(word: str, position: CursorPosition, breaks: str, following: str) -> Site:
    """Return a site for a file name; if there is none, for the part after the last `:`."""
    end = position.start + len(word)
    site = _file_site(word, position.start, end, following)
    last = pieces(word, breaks)[-1:]
    if site.kind != "files" or last in ([], [word]):
        return site
    start = end if last[0][0] in breaks else end - len(last[0])
    part = _file_site(word[start - position.start :], start, end, following)
    return site if part.start == site.start else replace(site, otherwise=part)


def _file_site(word: str, start: int, end: int, following: str) -> Site:
    option = ASSIGNMENT.match(word) or OPTION.match(word)
    if option is not None:
        start, word = start + option.end(), word[option.end() :]
    user = USER.fullmatch(word)
    if user is not None:
        return Site("names", start, end, (user[1], "user"))
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
    return Site("files", start, end, arguments, before, _closing(quote, following), quote)


def _argument_site(word: str, position: CursorPosition, breaks: str, otherwise: Site) -> Site:
    """Return a site for the command's own completion, if its words are known."""
    words = simple_command(position.words)
    *glued, last = pieces(word, breaks) or [""]
    value = evaluate(last)
    text = _text(value)
    if value is None or text is None or not words or _text(evaluate(words[0])) is None:
        return otherwise
    # A word break such as `=` is a word itself, but it is not replaced.
    is_break = last[:1] != "" and last[0] in breaks
    line = " ".join((*words, word[: len(word) - len(last)] + text))
    earlier = [piece for typed in words for piece in pieces(typed, breaks)]
    base = otherwise.arguments if otherwise.kind == "files" else ("''", "")
    start = otherwise.end - (0 if is_break else len(last))
    takes_files = (otherwise.kind, otherwise.start) == ("files", start)
    return Site(
        "arguments",
        start,
        otherwise.end,
        (*base, "" if is_break else text, line, *earlier, *glued, text),
        value.quote,
        otherwise.after,
        value.quote,
        otherwise,
        _text(evaluate(last[: last.rfind("/") + 1])) if takes_files else None,
    )


def _text(value: Value | None) -> str | None:
    """Return *value* for completion functions, which expand tildes, but not variables."""
    if value is None or any(p.expression and not p.text.startswith("~") for p in value.parts):
        return None
    return "".join(part.text for part in value.parts)


def _closing(quote: str, following: str) -> str:
    """Return the quote that closes a complete name; "" if it is there already."""
    closing = quote[-1:]
    return "" if following == closing else closing
