"""Options at the top of a cell: what is read, and what a wrong one gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.execution.option_types import Cache
from effecttalk_kernel.execution.options import KNOWN, BlockOptions, option_lines, read_options


@pytest.mark.parametrize(
    ("code", "stdin"),
    [
        ("echo", None),
        ("#| stdin: yes and no\necho", "yes and no"),
        ('#| stdin: "a\\nb\\n"\necho', "a\nb\n"),
        ("#|stdin: x", "x"),
        ("#| stdin: |\n#|   a\n#|   b\nread x", "a\nb"),
        ("#| stdin:\necho", None),
        ("#|\necho", None),
        ("#| # a comment\necho", None),
        ("echo\n#| stdin: too late", None),
    ],
)
def test_options_are_the_first_lines(code: str, stdin: str | None) -> None:
    assert read_options(code) == BlockOptions(stdin=stdin)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("#| stdn: x", "unknown option 'stdn': did you mean 'stdin'?"),
        (
            "#| zzz: x",
            f"unknown option 'zzz': known are {', '.join(KNOWN)}",
        ),
        ("#| stdin: 5", "option 'stdin' can't be 5: Input should be a valid string"),
        ("#| stdin: yes", "option 'stdin' can't be True: Input should be a valid string"),
        ("#| timout: 5s", "unknown option 'timout': did you mean 'timeout'?"),
        (
            "#| timeout: soon",
            (
                "option 'timeout' can't be 'soon': 'soon' is no duration: give a number and"
                " ms, s, m, h or d, as in 90s or 7d"
            ),
        ),
        ("#| timeout: 0", "option 'timeout' can't be 0: Input should be greater than 0"),
        (
            "#| timeout: true",
            "option 'timeout' can't be True: give a number and ms, s, m, h or d, as in 90s",
        ),
        ("#| allow_failure: true", "unknown option 'allow_failure': did you mean 'allow-failure'?"),
        (
            "#| allow-failure: 1",
            "option 'allow-failure' can't be 1: Input should be a valid boolean",
        ),
        (
            "#| expect-exit: [0, 256]",
            "option 'expect-exit.1' can't be 256: Input should be less than or equal to 255",
        ),
        ("#| expect-exit: ok", "option 'expect-exit' can't be 'ok': Input should be a valid list"),
        (
            "#| expect-exit: []",
            (
                "option 'expect-exit' can't be []: Value should have at least 1 item after validation,"
                " not 0"
            ),
        ),
        (
            "#| retry: 0",
            "option 'retry.attempts' can't be 0: Input should be greater than or equal to 1",
        ),
        (
            "#| retry: {attempt: 3}",
            "unknown option 'retry.attempt': did you mean 'attempts'?",
        ),
        (
            "#| retry: {base_delay: x}",
            (
                "option 'retry.base_delay' can't be 'x': 'x' is no duration: give a number and"
                " ms, s, m, h or d, as in 90s or 7d"
            ),
        ),
        (
            "#| cache: {input: data.csv}",
            "unknown option 'cache.input': did you mean 'inputs'?",
        ),
        (
            "#| cache: {zzz: 1}",
            "unknown option 'cache.zzz': known are inputs, variables, expires",
        ),
        (
            "#| cache: 3",
            "option 'cache' can't be 3: give true, or some of inputs, variables, expires",
        ),
        (
            "#| cache: data.csv",
            "option 'cache' can't be 'data.csv': give true, or some of inputs, variables, expires",
        ),
        (
            "#| cache: {inputs: [a, 1]}",
            "option 'cache.inputs.1' can't be 1: Input should be a valid string",
        ),
        (
            "#| cache: {inputs: ''}",
            "option 'cache.inputs.0' can't be '': String should have at least 1 character",
        ),
        (
            "#| cache: {variables: $A}",
            (
                "option 'cache.variables.0' can't be '$A': String should match pattern"
                " '^[A-Za-z_][A-Za-z0-9_]*$'"
            ),
        ),
        (
            "#| cache: {expires: 0}",
            "option 'cache.expires' can't be 0: Input should be greater than 0",
        ),
        (
            "#| tty: true\n#| cache: true",
            "the options can't be: cache and tty exclude each other",
        ),
        (
            "#| cache: {expires: 1h}\n#| background: true",
            "the options can't be: cache and background exclude each other",
        ),
        ("#| stderr: both", "option 'stderr' can't be 'both': Input should be 'split' or 'merged'"),
        (
            "#| name: a-b",
            "option 'name' can't be 'a-b': String should match pattern '^[A-Za-z_][A-Za-z0-9_]*$'",
        ),
        ("#| needs: 3", "option 'needs.0' can't be 3: Input should be a valid string"),
        ("#| cwd: 5", "option 'cwd' can't be 5: Input should be a valid string"),
        ("#| env: [a]", "option 'env' can't be ['a']: Input should be a valid dictionary"),
        ("#| env: {A: [1]}", "option 'env.A' can't be [1]: Input should be a valid string"),
        ("#| fallback: 3", "option 'fallback' can't be 3: Input should be a valid string"),
        (
            "#| expect-exit: 1\n#| allow-failure: true",
            "the options can't be: allow-failure and expect-exit exclude each other",
        ),
        ("#| stdin", "the options must be `name: value`, not 'stdin'"),
        ("#| - stdin", "the options must be `name: value`, not '- stdin'"),
    ],
)
def test_a_wrong_option_is_named(code: str, message: str) -> None:
    with pytest.raises(OptionError) as raised:
        read_options(code)
    assert str(raised.value) == message


def test_what_is_no_yaml_is_named_by_its_line() -> None:
    with pytest.raises(OptionError, match=r"^line 2: the options are no YAML: "):
        read_options("#| stdin: x\n#| a: [b")


@given(st.text())
def test_any_text_gives_options_or_an_error_of_ours(text: str) -> None:
    try:
        read_options(f"#| {text}")
    except OptionError as error:
        assert str(error)


@given(st.text())
def test_option_lines_end_with_the_first_that_is_none(text: str) -> None:
    lines = option_lines(text)
    assert len(lines) <= text.count("\n") + 1
    assert all(line.startswith("#|") for line in text.split("\n")[: len(lines)])


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("30s", 30.0), ("100ms", 0.1), ("2m", 120.0), ("5", 5.0), ("1.5", 1.5), ('"7"', 7.0)],
)
def test_a_timeout_is_a_duration(written: str, seconds: float) -> None:
    assert read_options(f"#| timeout: {written}").timeout == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("echo", {0}),
        ("#| expect-exit: 1", {1}),
        ("#| expect-exit: [0, 1]", {0, 1}),
        ("#| allow-failure: true", None),
        ("#| allow-failure: false", {0}),
    ],
)
def test_what_is_a_success(code: str, expected: set[int] | None) -> None:
    assert read_options(code).expected == expected


@pytest.mark.parametrize(
    ("code", "cache"),
    [
        ("#| cache: true", Cache()),
        ("#| cache: {}", Cache()),
        ("#| cache: false\n#| tty: true", None),
        ("#| cache:", None),
        ("#| cache: {inputs: data.csv}", Cache(inputs=("data.csv",))),
        (
            '#| cache: {inputs: [data.csv, "logs/*.txt"], variables: [A, b_2], expires: 7d}',
            Cache(inputs=("data.csv", "logs/*.txt"), variables=("A", "b_2"), expires=604_800.0),
        ),
        ("#| cache:\n#|   variables: A\n#| retry: true", Cache(variables=("A",))),
    ],
)
def test_a_cache_says_what_the_output_depends_on(code: str, cache: Cache | None) -> None:
    assert read_options(code).cache == cache
