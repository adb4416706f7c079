"""Sizes and durations as users write them, and words in any letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

from effecttalk_kernel.config.durations import format_duration, parse_duration
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.config.sizes import format_size, parse_size


@given(st.integers(0, 10**16))
def test_a_formatted_size_is_parsed_to_the_same_number(count: int) -> None:
    assert parse_size(format_size(count).replace(",", "")) == count


@given(st.integers(0, 10**6), st.sampled_from([0.001, 1, 60, 3_600, 86_400]))
def test_a_formatted_duration_is_parsed_to_the_same_number(count: int, unit: float) -> None:
    seconds = count * unit
    assert parse_duration(format_duration(seconds).replace(",", "")) == pytest.approx(
        seconds, rel=1e-12
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("10", 10),
        ("10b", 10),
        ("1k", 1_000),
        ("1.5kB", 1_500),
        ("2 GB", 2_000_000_000),
        ("2GiB", 1 << 31),
        (" 1tb ", 10**12),
        ("123456789012345678", 123_456_789_012_345_678),
    ],
)
def test_sizes_have_units(text: str, count: int) -> None:
    assert parse_size(text) == count


@pytest.mark.parametrize("text", ["", "B", "-1", "1e3", "1 parsec", "1,000", "0x10", "nan", "٣"])
def test_an_invalid_size_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size, use a number and kB, MB, GB or TB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (1, "1"),
        (393_216, "384KiB"),
        (10**7, "10MB"),
        (1 << 31, "2GiB"),
        (10**15, "1000TB"),
    ],
)
def test_a_size_is_formatted_in_the_largest_unit_that_fits(count: int, text: str) -> None:
    assert format_size(count) == text


@pytest.mark.parametrize("word", ["warning", "Warning", "WARNING"])
def test_a_choice_ignores_case(word: str) -> None:
    assert Settings(log_level=word).log_level == "WARNING"


@pytest.mark.parametrize("value", [True, 1.5, "1", None, [1], float("inf"), float("nan"), 10**400])
def test_other_values_are_not_whole_numbers(value: object) -> None:
    with pytest.raises(TraitError, match=r"^Settings\.rows: invalid value .*; it must be a whole"):
        Settings(rows=value)


@pytest.mark.parametrize("value", ["", "none", "zip", "rot13", "undefined", "utf-8\0", "../x", 8])
def test_other_codecs_are_not_encodings_of_text(value: object) -> None:
    with pytest.raises(TraitError, match=r"^Settings\.encoding: invalid value"):
        Settings(encoding=value)


@pytest.mark.parametrize("value", ["", "../../x", "a b", "-x", "x" * 65, "vt100\n"])
def test_a_terminal_type_is_the_name_of_a_file(value: str) -> None:
    with pytest.raises(TraitError, match=r"^Settings\.pty_term_type: invalid value"):
        Settings(pty_term_type=value)
