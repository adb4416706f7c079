"""Options at the top of a cell, and the errors of invalid ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.execution.option_types import CacheOption
from effecttalk_kernel.execution.options import (
    KNOWN_OPTIONS,
    BlockOptions,
    find_option_lines,
    read_options,
)


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
            f"unknown option 'zzz': use one of {', '.join(KNOWN_OPTIONS)}",
        ),
        ("#| stdin: 5", "invalid value 5 for option 'stdin': Input should be a valid string"),
        ("#| stdin: yes", "invalid value True for option 'stdin': Input should be a valid string"),
        ("#| timout: 5s", "unknown option 'timout': did you mean 'timeout'?"),
        (
            "#| timeout: soon",
            (
                "invalid value 'soon' for option 'timeout': 'soon' is not a duration, use a number and"
                " ms, s, m, h or d, for example 90s or 7d"
            ),
        ),
        ("#| timeout: 0", "invalid value 0 for option 'timeout': Input should be greater than 0"),
        (
            "#| timeout: true",
            "invalid value True for option 'timeout': use a number and ms, s, m, h or d, for example 90s",
        ),
        ("#| allow_failure: true", "unknown option 'allow_failure': did you mean 'allow-failure'?"),
        (
            "#| allow-failure: 1",
            "invalid value 1 for option 'allow-failure': Input should be a valid boolean",
        ),
        (
            "#| expect-exit: [0, 256]",
            "invalid value 256 for option 'expect-exit.1': Input should be less than or equal to 255",
        ),
        (
            "#| expect-exit: ok",
            "invalid value 'ok' for option 'expect-exit': Input should be a valid list",
        ),
        (
            "#| expect-exit: []",
            (
                "invalid value [] for option 'expect-exit': Value should have at least 1 item after validation,"
                " not 0"
            ),
        ),
        (
            "#| retry: 0",
            "invalid value 0 for option 'retry.attempts': Input should be greater than or equal to 1",
        ),
        (
            "#| retry: {attempt: 3}",
            "unknown option 'retry.attempt': did you mean 'attempts'?",
        ),
        (
            "#| retry: {base_delay: x}",
            (
                "invalid value 'x' for option 'retry.base_delay': 'x' is not a duration, use a number and"
                " ms, s, m, h or d, for example 90s or 7d"
            ),
        ),
        (
            "#| cache: {input: data.csv}",
            "unknown option 'cache.input': did you mean 'inputs'?",
        ),
        (
            "#| cache: {zzz: 1}",
            "unknown option 'cache.zzz': use one of inputs, variables, expires",
        ),
        (
            r'#| env: {A: "a\0b"}',
            (
                r"invalid value 'a\x00b' for option 'env.A': a variable of the environment cannot have"
                " a NUL byte"
            ),
        ),
        (
            r'#| env: {A: "\ud800"}',
            (
                r"invalid value '\ud800' for option 'env.A': it has half of a surrogate pair, which is"
                " not text"
            ),
        ),
        (
            "#| cache: 3",
            "invalid value 3 for option 'cache': use true, or some of inputs, variables, expires",
        ),
        (
            "#| cache: data.csv",
            "invalid value 'data.csv' for option 'cache': use true, or some of inputs, variables, expires",
        ),
        (
            "#| cache: {inputs: [a, 1]}",
            "invalid value 1 for option 'cache.inputs.1': Input should be a valid string",
        ),
        (
            "#| cache: {inputs: ''}",
            "invalid value '' for option 'cache.inputs.0': String should have at least 1 character",
        ),
        (
            "#| cache: {variables: $A}",
            (
                "invalid value '$A' for option 'cache.variables.0': String should match pattern"
                " '^[A-Za-z_][A-Za-z0-9_]*$'"
            ),
        ),
        (
            "#| cache: {expires: 0}",
            "invalid value 0 for option 'cache.expires': Input should be greater than 0",
        ),
        (
            "#| tty: true\n#| cache: true",
            "invalid options: cache and tty cannot be combined",
        ),
        (
            "#| cache: {expires: 1h}\n#| background: true",
            "invalid options: cache and background cannot be combined",
        ),
        (
            "#| stderr: both",
            "invalid value 'both' for option 'stderr': Input should be 'split' or 'merged'",
        ),
        (
            "#| name: a-b",
            "invalid value 'a-b' for option 'name': String should match pattern '^[A-Za-z_][A-Za-z0-9_]*$'",
        ),
        ("#| needs: 3", "invalid value 3 for option 'needs.0': Input should be a valid string"),
        ("#| cwd: 5", "invalid value 5 for option 'cwd': Input should be a valid string"),
        ("#| env: [a]", "invalid value ['a'] for option 'env': Input should be a valid dictionary"),
        (
            "#| env: {A: [1]}",
            "invalid value [1] for option 'env.A': Input should be a valid string",
        ),
        ("#| fallback: 3", "invalid value 3 for option 'fallback': Input should be a valid string"),
        (
            "#| expect-exit: 1\n#| allow-failure: true",
            "invalid options: allow-failure and expect-exit cannot be combined",
        ),
        ("#| stdin", "the options must be `name: value`, not 'stdin'"),
        ("#| - stdin", "the options must be `name: value`, not '- stdin'"),
    ],
)
def test_an_invalid_option_is_named(code: str, message: str) -> None:
    with pytest.raises(OptionError) as raised:
        read_options(code)
    assert str(raised.value) == message


def test_an_error_of_yaml_names_the_line() -> None:
    with pytest.raises(OptionError, match=r"^line 2: the options are not YAML: "):
        read_options("#| stdin: x\n#| a: [b")


@given(st.text())
def test_any_text_gives_options_or_an_option_error(text: str) -> None:
    try:
        read_options(f"#| {text}")
    except OptionError as error:
        assert str(error)


@given(st.text())
def test_option_lines_end_before_the_first_other_line(text: str) -> None:
    lines = find_option_lines(text)
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
def test_options_say_which_exit_statuses_are_a_success(
    code: str, expected: set[int] | None
) -> None:
    assert read_options(code).expected == expected


@pytest.mark.parametrize(
    ("code", "cache"),
    [
        ("#| cache: true", CacheOption()),
        ("#| cache: {}", CacheOption()),
        ("#| cache: false\n#| tty: true", None),
        ("#| cache:", None),
        ("#| cache: {inputs: data.csv}", CacheOption(inputs=("data.csv",))),
        (
            '#| cache: {inputs: [data.csv, "logs/*.txt"], variables: [A, b_2], expires: 7d}',
            CacheOption(
                inputs=("data.csv", "logs/*.txt"), variables=("A", "b_2"), expires=604_800.0
            ),
        ),
        ("#| cache:\n#|   variables: A\n#| retry: true", CacheOption(variables=("A",))),
    ],
)
def test_the_cache_option_says_what_the_output_depends_on(
    code: str, cache: CacheOption | None
) -> None:
    assert read_options(code).cache == cache
