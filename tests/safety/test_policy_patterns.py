"""Patterns: which commands one rule speaks of."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.safety.policy.findings import Command
from effecttalk_kernel.safety.policy.patterns import Match, Pattern, PolicyError
from effecttalk_kernel.safety.policy.reading import read
from effecttalk_kernel.safety.policy.words import Word, plain_word


def words(code: str) -> tuple[Word, ...]:
    """The first command of *code*."""
    return next(one for one in read(code, 1).findings if isinstance(one, Command)).words


@pytest.mark.parametrize(
    ("pattern", "code", "match"),
    [
        ("rm", "rm x", Match.YES),
        ("rm", "/usr/bin/rm x", Match.YES),
        ("/usr/bin/rm", "rm x", Match.NO),
        ("/usr/*/rm", "/usr/bin/rm x", Match.YES),
        ("rm", "rmdir x", Match.NO),
        ("mkfs*", "mkfs.ext4 /dev/sda", Match.YES),
        ("[mr]?", "mv a b", Match.YES),
        ("*", "anything at all", Match.YES),
        ("* --force", "git push --force", Match.YES),
        ("'*'", "anything", Match.NO),
        # Words
        ("git push", "git push", Match.YES),
        ("git push *", "git push", Match.YES),
        ("git push *", "git push origin", Match.YES),
        ("git push * main", "git push origin main", Match.YES),
        ("git push main", "git main push", Match.NO),
        ("git push", "git pushed", Match.NO),
        ("git remote remove", "git remote -v remove x", Match.YES),
        ("dd of=/dev/*", "dd if=x of=/dev/sda", Match.YES),
        ("dd of=/dev/*", "dd if=x of=disk", Match.NO),
        ("dd of=/dev/*", "dd if=x of=$disk", Match.MAYBE),
        ("rm '/*'", "rm /x", Match.NO),
        ("rm /", "rm -r /", Match.YES),
        ("rm ~*", "rm ~/x", Match.YES),
        ("rm /*", 'rm "/$x"', Match.YES),
        ("rm /etc/*", 'rm "/$x"', Match.MAYBE),
        ("rm /etc/*", 'rm "$x"', Match.MAYBE),
        ("rm /etc/*", 'rm "a$x"', Match.NO),
        ("rm /etc/*", "rm *", Match.MAYBE),
        ("echo 'a b'", "echo 'a b'", Match.YES),
        # Options
        ("rm -r*", "rm -fr x", Match.YES),
        ("rm -rf", "rm -r -f x", Match.YES),
        ("rm -rf", "rm -fvr x", Match.YES),
        ("rm -rf", "rm -r x", Match.NO),
        ("rm -[rR]", "rm -fR x", Match.YES),
        ("rm -r", "rm --r x", Match.NO),
        ("rm --rec*", "rm --recursive x", Match.YES),
        ("rm --rec*", "rm -r x", Match.NO),
        ("rm --rec*", "rm -- --recursive", Match.NO),
        ("git push --force*", "git push origin --force-with-lease", Match.YES),
        ("git push --force*", "git push $options", Match.MAYBE),
        ("git push --force*", 'git push "$branch"', Match.NO),
        ("find -delete", "find . -name a -delete", Match.YES),
        ("find -delete", "find . -del -ete", Match.NO),
        ("rm -r", "rm -$x", Match.MAYBE),
        ("rm -r", "rm - x", Match.NO),
        ("rm -r", "rm -*", Match.MAYBE),
    ],
)
def test_a_pattern_speaks_of_a_command(pattern: str, code: str, match: Match) -> None:
    assert Pattern(pattern).match(words(code)) is match


@pytest.mark.parametrize(
    ("pattern", "code", "is_begun"),
    [
        ("ls", "ls -la x", True),
        ("git log", "git log -3", True),
        ("git log", "git -C x log", False),
        ("git log", "git push log", False),
        ("git log", "git", False),
        ("git * log", "git -C x log", True),
        ("git -C ?* log", 'git -C "$x" log', True),
        ("git -C ?* log", "git -C $x log", False),
        ("git log", "git $x log", False),
        ("git log *", "git log", True),
        ("$x", "ls", None),
    ],
)
def test_what_is_allowed_must_begin_with_the_pattern(
    pattern: str, code: str, is_begun: bool | None
) -> None:
    if is_begun is None:
        with pytest.raises(PolicyError):
            Pattern(pattern)
    else:
        assert Pattern(pattern).begins(words(code)) is is_begun


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "pattern can't be '': it names no command"),
        ("  ", "pattern can't be '  ': it names no command"),
        ("'' x", "pattern can't be \"'' x\": it names no command"),
        ("rm 'x", "pattern can't be \"rm 'x\": a quote is not closed"),
        ('rm "x', "pattern can't be 'rm \"x': a quote is not closed"),
        ("rm x\\", "pattern can't be 'rm x\\\\': a quote is not closed"),
        ("ls | rm", "pattern can't be 'ls | rm': '|' must be quoted in it"),
        ("rm $HOME", "pattern can't be 'rm $HOME': '$' must be quoted in it"),
        ("ls; rm", "pattern can't be 'ls; rm': ';' must be quoted in it"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused(text: str, problem: str) -> None:
    with pytest.raises(PolicyError) as raised:
        Pattern(text)
    assert str(raised.value) == problem


LITERALS = st.text("ab-*?[]", min_size=1, max_size=4)


@given(st.text("ab*?", min_size=1, max_size=5), LITERALS, LITERALS, LITERALS)
def test_a_hole_matches_as_what_it_may_become(
    glob: str, before: str, inside: str, after: str
) -> None:
    """Sure if for all, maybe if for one: so never less than any of them."""
    pattern = Pattern(f"x {glob}") if not glob.startswith("-") else Pattern("x y")
    holed = Word((before, None, after), "")
    found = pattern.match([plain_word("x"), holed])
    filled = pattern.match([plain_word("x"), plain_word(before + inside + after)])
    if not before.startswith("-"):
        assert (found is not Match.YES) or filled is Match.YES
        assert (filled is not Match.YES) or found is not Match.NO


PAGE = Path(__file__).parents[2] / "docs" / "policy.md"


def test_the_table_of_patterns_says_what_is_so() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("| pattern | speaks of")[2]
    rows = table.partition("\n\n")[0].splitlines()[2:]
    assert len(rows) > 5
    for row in rows:
        patterns, meant, others = (re.findall("`([^`]+)`", cell) for cell in row.split("|")[1:4])
        for pattern in map(Pattern, patterns):
            assert [code for code in meant if pattern.match(words(code)) is not Match.YES] == []
            assert [code for code in others if pattern.match(words(code)) is not Match.NO] == []
