"""Sizes and durations as users write them, and words in any letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

from effecttalk_kernel.config.durations import duration_told, seconds_of
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.config.sizes import bytes_of, size_told


@given(st.integers(0, 10**16))
def test_a_size_that_is_told_is_read_as_the_same(count: int) -> None:
    assert bytes_of(size_told(count).replace(",", "")) == count


@given(st.integers(0, 10**6), st.sampled_from([0.001, 1, 60, 3_600, 86_400]))
def test_a_duration_that_is_told_is_read_as_the_same(count: int, unit: float) -> None:
    seconds = count * unit
    assert seconds_of(duration_told(seconds).replace(",", "")) == pytest.approx(seconds, rel=1e-12)


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
    assert bytes_of(text) == count


@pytest.mark.parametrize("text", ["", "B", "-1", "1e3", "1 parsec", "1,000", "0x10", "nan", "٣"])
def test_what_is_no_size_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is no size: give a number and kB, MB, GB or TB"):
        bytes_of(text)


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0"),
        (1, "1"),
        (393_216, "384KiB"),
        (10**7, "10MB"),
        (1 << 31, "2GiB"),
        (10**15, "1000TB"),
    ],
)
def test_a_size_is_told_in_the_unit_that_fits(count: int, told: str) -> None:
    assert size_told(count) == told


@pytest.mark.parametrize("word", ["warning", "Warning", "WARNING"])
def test_a_word_is_taken_in_any_letters(word: str) -> None:
    assert Settings(log_level=word).log_level == "WARNING"


@pytest.mark.parametrize("value", [True, 1.5, "1", None, [1], float("inf"), float("nan"), 10**400])
def test_a_whole_number_is_one(value: object) -> None:
    with pytest.raises(TraitError, match=r"^Settings\.rows can't be .*: it must be a whole"):
        Settings(rows=value)


@pytest.mark.parametrize("value", ["", "none", "zip", "rot13", "undefined", "utf-8\0", "../x", 8])
def test_what_encodes_no_text_is_no_encoding(value: object) -> None:
    with pytest.raises(TraitError, match=r"^Settings\.encoding can't be"):
        Settings(encoding=value)


@pytest.mark.parametrize("value", ["", "../../x", "a b", "-x", "x" * 65, "vt100\n"])
def test_what_is_no_name_of_a_file_is_no_terminal(value: str) -> None:
    with pytest.raises(TraitError, match=r"^Settings\.pty_term_type can't be"):
        Settings(pty_term_type=value)
