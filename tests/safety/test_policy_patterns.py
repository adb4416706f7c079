"""Patterns of the policy: which commands a rule matches."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.safety.policy.findings import Command
from effecttalk_kernel.safety.policy.patterns import CommandPattern, PatternMatch, PolicyError
from effecttalk_kernel.safety.policy.script import read_code
from effecttalk_kernel.safety.policy.words import Word, literal_word


def words(code: str) -> tuple[Word, ...]:
    """The first command of *code*."""
    return next(one for one in read_code(code, 1).findings if isinstance(one, Command)).words


@pytest.mark.parametrize(
    ("pattern", "code", "match"),
    [
        ("rm", "rm x", PatternMatch.YES),
        ("rm", "/usr/bin/rm x", PatternMatch.YES),
        ("/usr/bin/rm", "rm x", PatternMatch.NO),
        ("/usr/*/rm", "/usr/bin/rm x", PatternMatch.YES),
        ("rm", "rmdir x", PatternMatch.NO),
        ("mkfs*", "mkfs.ext4 /dev/sda", PatternMatch.YES),
        ("[mr]?", "mv a b", PatternMatch.YES),
        ("*", "anything at all", PatternMatch.YES),
        ("* --force", "git push --force", PatternMatch.YES),
        ("'*'", "anything", PatternMatch.NO),
        # Words
        ("git push", "git push", PatternMatch.YES),
        ("git push *", "git push", PatternMatch.YES),
        ("git push *", "git push origin", PatternMatch.YES),
        ("git push * main", "git push origin main", PatternMatch.YES),
        ("git push main", "git main push", PatternMatch.NO),
        ("git push", "git pushed", PatternMatch.NO),
        ("git remote remove", "git remote -v remove x", PatternMatch.YES),
        ("dd of=/dev/*", "dd if=x of=/dev/sda", PatternMatch.YES),
        ("dd of=/dev/*", "dd if=x of=disk", PatternMatch.NO),
        ("dd of=/dev/*", "dd if=x of=$disk", PatternMatch.MAYBE),
        ("rm '/*'", "rm /x", PatternMatch.NO),
        ("rm /", "rm -r /", PatternMatch.YES),
        ("rm ~*", "rm ~/x", PatternMatch.YES),
        ("rm /*", 'rm "/$x"', PatternMatch.YES),
        ("rm /etc/*", 'rm "/$x"', PatternMatch.MAYBE),
        ("rm /etc/*", 'rm "$x"', PatternMatch.MAYBE),
        ("rm /etc/*", 'rm "a$x"', PatternMatch.NO),
        ("rm /etc/*", "rm *", PatternMatch.MAYBE),
        ("echo 'a b'", "echo 'a b'", PatternMatch.YES),
        # Options
        ("rm -r*", "rm -fr x", PatternMatch.YES),
        ("rm -rf", "rm -r -f x", PatternMatch.YES),
        ("rm -rf", "rm -fvr x", PatternMatch.YES),
        ("rm -rf", "rm -r x", PatternMatch.NO),
        ("rm -[rR]", "rm -fR x", PatternMatch.YES),
        ("rm -r", "rm --r x", PatternMatch.NO),
        ("rm --rec*", "rm --recursive x", PatternMatch.YES),
        ("rm --rec*", "rm -r x", PatternMatch.NO),
        ("rm --rec*", "rm -- --recursive", PatternMatch.NO),
        ("git push --force*", "git push origin --force-with-lease", PatternMatch.YES),
        ("git push --force*", "git push $options", PatternMatch.MAYBE),
        ("git push --force*", 'git push "$branch"', PatternMatch.NO),
        ("find -delete", "find . -name a -delete", PatternMatch.YES),
        ("find -delete", "find . -del -ete", PatternMatch.NO),
        ("rm -r", "rm -$x", PatternMatch.MAYBE),
        ("rm -r", "rm - x", PatternMatch.NO),
        ("rm -r", "rm -*", PatternMatch.MAYBE),
    ],
)
def test_a_pattern_matches_commands(pattern: str, code: str, match: PatternMatch) -> None:
    assert CommandPattern(pattern).match(words(code)) is match


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
def test_an_allowed_command_must_begin_with_the_pattern(
    pattern: str, code: str, is_begun: bool | None
) -> None:
    if is_begun is None:
        with pytest.raises(PolicyError):
            CommandPattern(pattern)
    else:
        assert CommandPattern(pattern).is_prefix_of(words(code)) is is_begun


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "invalid pattern '': it names no command"),
        ("  ", "invalid pattern '  ': it names no command"),
        ("'' x", "invalid pattern \"'' x\": it names no command"),
        ("rm 'x", 'invalid pattern "rm \'x": a quote is not closed'),
        ('rm "x', "invalid pattern 'rm \"x': a quote is not closed"),
        ("rm x\\", "invalid pattern 'rm x\\\\': a quote is not closed"),
        ("ls | rm", "invalid pattern 'ls | rm': '|' must be quoted"),
        ("rm $HOME", "invalid pattern 'rm $HOME': '$' must be quoted"),
        ("ls; rm", "invalid pattern 'ls; rm': ';' must be quoted"),
    ],
)
def test_an_invalid_pattern_is_refused(text: str, problem: str) -> None:
    with pytest.raises(PolicyError) as raised:
        CommandPattern(text)
    assert str(raised.value) == problem


LITERALS = st.text("ab-*?[]", min_size=1, max_size=4)


@given(st.text("ab*?", min_size=1, max_size=5), LITERALS, LITERALS, LITERALS)
def test_a_hole_matches_every_text_that_it_may_become(
    glob: str, before: str, inside: str, after: str
) -> None:
    """Sure if for all, maybe if for one: so never less than any of them."""
    pattern = CommandPattern(f"x {glob}") if not glob.startswith("-") else CommandPattern("x y")
    holed = Word((before, None, after), "")
    found = pattern.match([literal_word("x"), holed])
    filled = pattern.match([literal_word("x"), literal_word(before + inside + after)])
    if not before.startswith("-"):
        assert (found is not PatternMatch.YES) or filled is PatternMatch.YES
        assert (filled is not PatternMatch.YES) or found is not PatternMatch.NO


PAGE = Path(__file__).parents[2] / "docs" / "policy.md"


def test_the_documented_table_of_patterns_is_correct() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("| pattern | matches")[2]
    rows = table.partition("\n\n")[0].splitlines()[2:]
    assert len(rows) > 5
    for row in rows:
        patterns, meant, others = (re.findall("`([^`]+)`", cell) for cell in row.split("|")[1:4])
        for pattern in map(CommandPattern, patterns):
            assert [
                code for code in meant if pattern.match(words(code)) is not PatternMatch.YES
            ] == []
            assert [
                code for code in others if pattern.match(words(code)) is not PatternMatch.NO
            ] == []
