"""Patterns: which commands a rule of the policy matches.

A pattern is words as in a shell: the name of a command, and what must be among
its arguments. In them `*`, `?` and `[...]` are wildcards.
"""

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum
from fnmatch import fnmatchcase, translate
from typing import Final

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.safety.policy.words import Piece, Word, literal_word

ANY: Final = "*"
ONE_WORD: Final = "?*"
# What makes a pattern more than one command, or depend on what runs.
NOT_IN_PATTERN: Final = frozenset("|;&<>()$`\n")
WILDCARDS: Final = frozenset("*?[")
PART: Final = re.compile(
    r"""(?P<blank>\s+)|'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)"""
    r"""|(?P<bare>[^\s'"\\])""",
    re.DOTALL,
)
# -r*, -rf, -[rR]f: the letters of short options. Longer words like -delete or
# -exec are options of their own.
LETTERS: Final = re.compile(r"-((?:[A-Za-z]|\[[^\]]+\]){1,3})\*?")
PLAIN: Final = re.compile(r"[A-Za-z][\w-]*")
ONE: Final = re.compile(r"\[!?\]?[^\]]*\]|.", re.DOTALL)
# A longer word with holes is not compared piece by piece: it may be anything.
LONGEST: Final = 1_000


class PolicyError(EffectTalkError):
    """A pattern can't be; the message says which and why."""


class PatternMatch(IntEnum):
    """Whether a pattern speaks of a command: the lowest of its words counts."""

    NO = 0
    MAYBE = 1  # known only when it runs
    YES = 2


class CommandPattern:
    """One pattern of the policy."""

    def __init__(self, text: str) -> None:
        self.text = text
        name, *words = _words(text)
        self._name = _Glob(name)
        # Of the name as it is called, or of the file alone.
        self._is_path = "/" in name
        self._all = [_Glob(word) for word in words]
        self._letters = [letter for word in words for letter in _letters(word)]
        globs = [_Glob(word) for word in words if word != ANY and not LETTERS.fullmatch(word)]
        self._options = [glob for glob in globs if glob.text.startswith("-")]
        self._operands = [glob for glob in globs if not glob.text.startswith("-")]

    def __repr__(self) -> str:
        return f"<Pattern {self.text}>"

    def name_match(self, word: Word) -> PatternMatch:
        """Whether *word* is the name of a command that this is about."""
        if self._is_path:
            return self._name.match(word.pieces)
        return max(self._name.match(word.base), self._name.match(word.pieces))

    def match(self, words: Sequence[Word]) -> PatternMatch:
        """Whether this is about the command of *words*: its words are anywhere in it."""
        name = self.name_match(words[0])
        if not name or len(self._all) == 0:
            return name
        # $cmd may bring more words than the name.
        brings = words[0].is_many and not words[0].is_glob and None in words[0].pieces
        return max(
            self._words_match(name, words), PatternMatch.MAYBE if brings else PatternMatch.NO
        )

    def _words_match(self, name: PatternMatch, words: Sequence[Word]) -> PatternMatch:
        options, arguments = _parted(words[1:])
        found = min(name, self._letters_match(options))
        for glob in self._options:
            found = min(
                found, max((glob.match(word.pieces) for word in options), default=PatternMatch.NO)
            )
        return min(found, _in_order(self._operands, arguments)) if found else found

    def begins(self, words: Sequence[Word], *, is_whole: bool = False) -> bool:
        """Whether the command of *words* surely begins with this, or *is_whole* this."""
        if self.name_match(words[0]) is not PatternMatch.YES:
            return False
        reached = {0}
        for word in words[1:]:
            reached = self._closed(reached)
            if len(self._all) in reached and not is_whole:
                return True
            reached = {
                at if glob.text == ANY else at + 1
                for at, glob in enumerate(self._all)
                if at in reached and (glob.text == ANY or _is_surely(glob, word))
            }
        return len(self._all) in self._closed(reached)

    def _closed(self, reached: set[int]) -> set[int]:
        """Add what is reached when a word `*` stands for nothing."""
        for at, glob in enumerate(self._all):
            if at in reached and glob.text == ANY:
                reached.add(at + 1)
        return reached

    def _letters_match(self, options: Iterable[Word]) -> PatternMatch:
        if not self._letters:
            return PatternMatch.YES
        given: set[str] = set()
        is_sure = True
        for word in options:
            first = word.pieces[0] or ""
            if not first.startswith("--"):
                given.update(first[1:])
                is_sure &= None not in word.pieces
        if all(any(fnmatchcase(one, letter) for one in given) for letter in self._letters):
            return PatternMatch.YES
        return PatternMatch.NO if is_sure else PatternMatch.MAYBE


class _Glob:
    """One word of a pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._whole = re.compile(translate(text)).fullmatch
        # A subcommand: `git log "$x"` is no `git push`.
        self.is_plain = bool(PLAIN.fullmatch(text))

    def match(self, pieces: tuple[Piece, ...]) -> PatternMatch:
        """Whether the word of these *pieces* is one of those meant."""
        if None not in pieces:
            return PatternMatch.YES if self._whole("".join(map(str, pieces))) else PatternMatch.NO
        if sum(len(piece or "") for piece in pieces) > LONGEST:
            return PatternMatch.MAYBE
        if _overlaps(self.text, pieces, is_sure=True):
            return PatternMatch.YES
        return (
            PatternMatch.MAYBE if _overlaps(self.text, pieces, is_sure=False) else PatternMatch.NO
        )


def _overlaps(glob: str, pieces: tuple[Piece, ...], *, is_sure: bool) -> bool:
    """Whether *glob* matches the word, whatever its holes become, or else for something."""
    ones = ONE.findall(glob)
    reached = _after_stars({0}, ones)
    for one in _characters(pieces):
        following: set[int] = set()
        if one is None and not is_sure:
            following = set(range(min(reached), len(ones) + 1)) if reached else set()
        for at in reached:
            if at < len(ones) and ones[at] == ANY:
                following.add(at)
            elif at < len(ones) and one is not None and fnmatchcase(one, ones[at]):
                following.add(at + 1)
        reached = _after_stars(following, ones)
    return len(ones) in reached


def _after_stars(reached: set[int], ones: list[str]) -> set[int]:
    for at, one in enumerate(ones):
        if one == ANY and at in reached:
            reached.add(at + 1)
    return reached


def _characters(pieces: tuple[Piece, ...]) -> Iterable[Piece]:
    for piece in pieces:
        yield from [None] if piece is None else piece


def _parted(words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """Return the words that are, or may be, options, and all of them."""
    options: list[Word] = []
    for word in words:
        if word.pieces == ("--",):
            break
        if word.may_be_option:
            options.append(word)
    return options, list(words)


def _in_order(globs: Sequence[_Glob], words: Sequence[Word]) -> PatternMatch:
    """Whether *globs* match some of *words*, one behind the other."""
    at = 0
    for word in words:
        if at < len(globs) and globs[at].match(word.pieces) is PatternMatch.YES:
            at += 1
    if at == len(globs):
        return PatternMatch.YES
    return PatternMatch.MAYBE if _may_be_in_order(globs, words) else PatternMatch.NO


def _may_be_in_order(globs: Sequence[_Glob], words: Sequence[Word]) -> bool:
    at = 0
    is_next = True  # no operand yet that stands where the next one is looked for
    is_value = False  # behind an option
    for word in words:
        if at == len(globs):
            break
        if (word.pieces[0] or "").startswith("-"):
            is_value = True
            continue
        is_own = is_next and (word.is_many or not is_value)
        match = globs[at].match(word.pieces)
        if match is PatternMatch.YES or (match and (is_own or not globs[at].is_plain)):
            # One that becomes several words may be all that is missing.
            at = len(globs) if word.is_many else at + 1
        elif not is_value:
            is_next = False
        is_value = False
    return at == len(globs)


def _is_surely(glob: _Glob, word: Word) -> bool:
    """Whether it is this one word: what may become none is not."""
    if word.is_many and not word.is_glob:
        return False
    return glob.text == ONE_WORD or glob.match(word.pieces) is PatternMatch.YES


def _letters(word: str) -> list[str]:
    found = LETTERS.fullmatch(word)
    return ONE.findall(found[1]) if found else []


def _words(text: str) -> list[str]:
    """Return the words of a pattern; what is quoted in them is no wildcard.

    Raises:
        PolicyError: it is none.

    """
    words: list[str] = []
    is_in_word = False
    at = 0
    while at < len(text):
        found = PART.match(text, at)
        if found is None:
            raise PolicyError(f"pattern can't be {text!r}: a quote is not closed")
        at = found.end()
        if found["blank"]:
            is_in_word = False
            continue
        if not is_in_word:
            words.append("")
        words[-1] += _glob_part(text, found)
        is_in_word = True
    if not words or not words[0]:
        raise PolicyError(f"pattern can't be {text!r}: it names no command")
    return words


def _glob_part(text: str, found: re.Match[str]) -> str:
    bare = found["bare"]
    if bare is not None:
        if bare in NOT_IN_PATTERN:
            raise PolicyError(f"pattern can't be {text!r}: {bare!r} must be quoted in it")
        return bare
    if found["double"] is not None:
        quoted = re.sub(r"\\(.)", r"\1", found["double"], flags=re.DOTALL)
    else:
        quoted = found["single"] or found["escaped"] or ""
    return "".join(f"[{one}]" if one in WILDCARDS else one for one in quoted)


QUOTING: Final = re.compile(r"\\\n|[\\\"']")
WORD: Final = re.compile(r"[^\s;|&(){}<>`]+")


def find_possible_pattern(text: str, patterns: Iterable[CommandPattern]) -> CommandPattern | None:
    """Return the first of *patterns* that may speak of a command in *text*."""
    lines = [line for line in map(_line, QUOTING.sub("", text).split("\n")) if line]
    known = {word.text: word for line in lines for word in line}
    for pattern in patterns:
        names = {
            text for text, word in known.items() if pattern.name_match(word) is PatternMatch.YES
        }
        for line in lines if names else []:
            at = next((n for n, word in enumerate(line) if word.text in names), None)
            if at is not None and pattern.match(line[at:]):
                return pattern
    return None


def _line(text: str) -> list[Word]:
    return [_word(found[0]) for found in WORD.finditer(text)]


def _word(text: str) -> Word:
    return Word((None,), text, is_many=True) if "$" in text or "*" in text else literal_word(text)
