"""Patterns: which commands a rule of the policy matches.

A pattern has words as in a shell: the name of a command, and what must be among its
arguments. `*`, `?` and `[...]` are wildcards.
"""

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum
from fnmatch import fnmatchcase, translate
from typing import Final

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.safety.policy.words import Piece, Word, literal_word

ANY_WORDS: Final = "*"
ONE_WORD: Final = "?*"
# Characters that would make a pattern more than one command, or depend on variables.
NOT_IN_PATTERN: Final = frozenset("|;&<>()$`\n")
WILDCARDS: Final = frozenset("*?[")
PATTERN_PART: Final = re.compile(
    r"""(?P<blank>\s+)|'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)"""
    r"""|(?P<bare>[^\s'"\\])""",
    re.DOTALL,
)
# -r*, -rf, -[rR]f: the letters of short options. Longer words like -delete or -exec
# are single options.
SHORT_OPTIONS: Final = re.compile(r"-((?:[A-Za-z]|\[[^\]]+\]){1,3})\*?")
SUBCOMMAND: Final = re.compile(r"[A-Za-z][\w-]*")
GLOB_ELEMENT: Final = re.compile(r"\[!?\]?[^\]]*\]|.", re.DOTALL)
# A longer word with holes is not compared piece by piece: it may match.
MAX_CHARACTERS: Final = 1_000


class PolicyError(EffectTalkError):
    """A pattern is invalid; the message says which one and why."""


class PatternMatch(IntEnum):
    """Whether a pattern matches a command: the lowest value of its words counts."""

    NO = 0
    MAYBE = 1  # known only at run time
    YES = 2


class CommandPattern:
    """One pattern of the policy."""

    def __init__(self, text: str) -> None:
        self.text = text
        name, *words = _split_pattern(text)
        self._name = _Glob(name)
        # Matches the name as it is typed; otherwise, its last component.
        self._is_path = "/" in name
        self._globs = [_Glob(word) for word in words]
        self._option_letters = [letter for word in words for letter in _read_option_letters(word)]
        globs = [
            _Glob(word) for word in words if word != ANY_WORDS and not SHORT_OPTIONS.fullmatch(word)
        ]
        self._options = [glob for glob in globs if glob.text.startswith("-")]
        self._operands = [glob for glob in globs if not glob.text.startswith("-")]

    def __repr__(self) -> str:
        return f"<Pattern {self.text}>"

    def match_name(self, word: Word) -> PatternMatch:
        """Whether *word* is the name of a command that the pattern matches."""
        if self._is_path:
            return self._name.match(word.pieces)
        return max(self._name.match(word.base), self._name.match(word.pieces))

    def match(self, words: Sequence[Word]) -> PatternMatch:
        """Whether the pattern matches the command *words*: its words may be anywhere in it."""
        name = self.match_name(words[0])
        if not name or len(self._globs) == 0:
            return name
        # $cmd may expand to more words than the name.
        may_expand = words[0].is_many and not words[0].is_glob and None in words[0].pieces
        return max(
            self._match_words(name, words), PatternMatch.MAYBE if may_expand else PatternMatch.NO
        )

    def _match_words(self, name: PatternMatch, words: Sequence[Word]) -> PatternMatch:
        options, arguments = _split_options(words[1:])
        found = min(name, self._match_letters(options))
        for glob in self._options:
            found = min(
                found, max((glob.match(word.pieces) for word in options), default=PatternMatch.NO)
            )
        return min(found, _match_in_order(self._operands, arguments)) if found else found

    def is_prefix_of(self, words: Sequence[Word], *, is_whole: bool = False) -> bool:
        """Whether the command *words* certainly begins with the pattern, or *is_whole* is it."""
        if self.match_name(words[0]) is not PatternMatch.YES:
            return False
        reached = {0}
        for word in words[1:]:
            reached = self._skip_any_words(reached)
            if len(self._globs) in reached and not is_whole:
                return True
            reached = {
                at if glob.text == ANY_WORDS else at + 1
                for at, glob in enumerate(self._globs)
                if at in reached and (glob.text == ANY_WORDS or _certainly_matches(glob, word))
            }
        return len(self._globs) in self._skip_any_words(reached)

    def _skip_any_words(self, reached: set[int]) -> set[int]:
        """Add the positions that are reached if a word `*` matches nothing."""
        for at, glob in enumerate(self._globs):
            if at in reached and glob.text == ANY_WORDS:
                reached.add(at + 1)
        return reached

    def _match_letters(self, options: Iterable[Word]) -> PatternMatch:
        if not self._option_letters:
            return PatternMatch.YES
        given: set[str] = set()
        is_certain = True
        for word in options:
            first = word.pieces[0] or ""
            if not first.startswith("--"):
                given.update(first[1:])
                is_certain &= None not in word.pieces
        if all(
            any(fnmatchcase(character, letter) for character in given)
            for letter in self._option_letters
        ):
            return PatternMatch.YES
        return PatternMatch.NO if is_certain else PatternMatch.MAYBE


class _Glob:
    """One word of a pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._whole = re.compile(translate(text)).fullmatch
        # A subcommand: `git log "$x"` is not a `git push`.
        self.is_plain = bool(SUBCOMMAND.fullmatch(text))

    def match(self, pieces: tuple[Piece, ...]) -> PatternMatch:
        """Whether the pattern word matches a word with these *pieces*."""
        if None not in pieces:
            return PatternMatch.YES if self._whole("".join(map(str, pieces))) else PatternMatch.NO
        if sum(len(piece or "") for piece in pieces) > MAX_CHARACTERS:
            return PatternMatch.MAYBE
        if _overlaps(self.text, pieces, is_certain=True):
            return PatternMatch.YES
        return (
            PatternMatch.MAYBE
            if _overlaps(self.text, pieces, is_certain=False)
            else PatternMatch.NO
        )


def _overlaps(glob: str, pieces: tuple[Piece, ...], *, is_certain: bool) -> bool:
    """Whether *glob* matches the word: for all values of its holes, or else for some."""
    elements = GLOB_ELEMENT.findall(glob)
    reached = _skip_stars({0}, elements)
    for character in _iterate_characters(pieces):
        following: set[int] = set()
        if character is None and not is_certain:
            following = set(range(min(reached), len(elements) + 1)) if reached else set()
        for at in reached:
            if at < len(elements) and elements[at] == ANY_WORDS:
                following.add(at)
            elif (
                at < len(elements)
                and character is not None
                and fnmatchcase(character, elements[at])
            ):
                following.add(at + 1)
        reached = _skip_stars(following, elements)
    return len(elements) in reached


def _skip_stars(reached: set[int], elements: list[str]) -> set[int]:
    for at, element in enumerate(elements):
        if element == ANY_WORDS and at in reached:
            reached.add(at + 1)
    return reached


def _iterate_characters(pieces: tuple[Piece, ...]) -> Iterable[Piece]:
    for piece in pieces:
        yield from [None] if piece is None else piece


def _split_options(words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """Return the words that are, or may be, options, and all words."""
    options: list[Word] = []
    for word in words:
        if word.pieces == ("--",):
            break
        if word.may_be_option:
            options.append(word)
    return options, list(words)


def _match_in_order(globs: Sequence[_Glob], words: Sequence[Word]) -> PatternMatch:
    """Whether *globs* match some of *words*, in this order."""
    at = 0
    for word in words:
        if at < len(globs) and globs[at].match(word.pieces) is PatternMatch.YES:
            at += 1
    if at == len(globs):
        return PatternMatch.YES
    return PatternMatch.MAYBE if _may_match_in_order(globs, words) else PatternMatch.NO


def _may_match_in_order(globs: Sequence[_Glob], words: Sequence[Word]) -> bool:
    at = 0
    is_next = True  # no other operand stands where the next one is expected
    is_value = False  # after an option
    for word in words:
        if at == len(globs):
            break
        if (word.pieces[0] or "").startswith("-"):
            is_value = True
            continue
        is_in_place = is_next and (word.is_many or not is_value)
        match = globs[at].match(word.pieces)
        if match is PatternMatch.YES or (match and (is_in_place or not globs[at].is_plain)):
            # One that expands to several words may be everything that is missing.
            at = len(globs) if word.is_many else at + 1
        elif not is_value:
            is_next = False
        is_value = False
    return at == len(globs)


def _certainly_matches(glob: _Glob, word: Word) -> bool:
    """Whether *glob* certainly matches *word*, which must not expand to nothing."""
    if word.is_many and not word.is_glob:
        return False
    return glob.text == ONE_WORD or glob.match(word.pieces) is PatternMatch.YES


def _read_option_letters(word: str) -> list[str]:
    found = SHORT_OPTIONS.fullmatch(word)
    return GLOB_ELEMENT.findall(found[1]) if found else []


def _split_pattern(text: str) -> list[str]:
    """Return the words of a pattern; quoted characters in them are not wildcards.

    Raises:
        PolicyError: the pattern is invalid.

    """
    words: list[str] = []
    is_in_word = False
    at = 0
    while at < len(text):
        found = PATTERN_PART.match(text, at)
        if found is None:
            raise PolicyError(f"invalid pattern {text!r}: a quote is not closed")
        at = found.end()
        if found["blank"]:
            is_in_word = False
            continue
        if not is_in_word:
            words.append("")
        words[-1] += _glob_part(text, found)
        is_in_word = True
    if not words or not words[0]:
        raise PolicyError(f"invalid pattern {text!r}: it names no command")
    return words


def _glob_part(text: str, found: re.Match[str]) -> str:
    bare = found["bare"]
    if bare is not None:
        if bare in NOT_IN_PATTERN:
            raise PolicyError(f"invalid pattern {text!r}: {bare!r} must be quoted")
        return bare
    if found["double"] is not None:
        quoted = re.sub(r"\\(.)", r"\1", found["double"], flags=re.DOTALL)
    else:
        quoted = found["single"] or found["escaped"] or ""
    return "".join(
        f"[{character}]" if character in WILDCARDS else character for character in quoted
    )


QUOTES: Final = re.compile(r"\\\n|[\\\"']")
WORD: Final = re.compile(r"[^\s;|&(){}<>`]+")


def find_possible_pattern(text: str, patterns: Iterable[CommandPattern]) -> CommandPattern | None:
    """Return the first of *patterns* that may match a command in code that cannot be parsed.

    Any word of *text* may be the name of a command, quoted or not, and the rest of its line
    the arguments.
    """
    lines = [line for line in map(_split_line, QUOTES.sub("", text).split("\n")) if line]
    known = {word.text: word for line in lines for word in line}
    for pattern in patterns:
        names = {
            text for text, word in known.items() if pattern.match_name(word) is PatternMatch.YES
        }
        for line in lines if names else []:
            at = next((n for n, word in enumerate(line) if word.text in names), None)
            if at is not None and pattern.match(line[at:]):
                return pattern
    return None


def _split_line(text: str) -> list[Word]:
    return [_make_word(found[0]) for found in WORD.finditer(text)]


def _make_word(text: str) -> Word:
    return Word((None,), text, is_many=True) if "$" in text or "*" in text else literal_word(text)
