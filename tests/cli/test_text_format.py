"""Stored text is printed in one line and without control characters."""

import os
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.cli.session_page import format_ranges
from effecttalk_kernel.cli.text_format import (
    escape,
    format_duration,
    format_iso,
    format_size,
    format_time,
)
from effecttalk_kernel.store.statistics import find_command_name


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a\nb\tc", r"a\nb\tc"),
        ("\x1b[31m", r"\e[31m"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202eevil", r"\u202eevil"),
        ("d\udce9\ud800", "d$'\\351'\ufffd"),
        ("שלום 日本 🏳️‍🌈 é", "שלום 日本 🏳️‍🌈 é"),
    ],
)
def test_control_characters_are_escaped(text: str, printed: str) -> None:
    assert escape(text) == printed


@given(st.text())
def test_control_characters_are_removed(text: str) -> None:
    printed = escape(text)
    assert printed.isprintable() or len(printed.splitlines()) <= 1
    assert not any(character < " " or "\x7f" <= character <= "\x9f" for character in printed)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.004, "0.00 s"), (9.99, "9.99 s"), (59.4, "59 s"), (61, "1m 01s"), (3600, "1h 00m")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (10**16, "10000.0 TB")],
)
def test_sizes_have_units(count: int, text: str) -> None:
    assert format_size(count) == text


@pytest.mark.parametrize("seconds", [None, float("nan"), float("inf"), 1e20])
def test_an_impossible_time_is_none(seconds: float | None) -> None:
    assert format_iso(seconds) is None


def test_times_of_other_years_show_the_year() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert format_time("2026-01-31T12:00:00.000Z", now).startswith("Jan 31 ")
    assert format_time("2024-01-31T12:00:00.000Z", now) == "Jan 31  2024"


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("make all", "make"),
        ("#| tty: true\n# why\nA=1 sudo -E /usr/bin/vim x", "vim"),
        ("ls;", "ls"),
        ("", ""),
        ("# nothing", ""),
        ("X=1", ""),
    ],
)
def test_the_first_command_of_a_block_is_found(code: str, word: str) -> None:
    assert find_command_name(code) == word


def test_consecutive_numbers_are_formatted_as_ranges() -> None:
    assert format_ranges([0, 1, 2, 5, 7, 8]) == "0-2, 5, 7-8"


@given(st.one_of(st.text(st.characters(exclude_categories=())), st.binary().map(os.fsdecode)))
def test_any_text_is_one_printable_line(text: str) -> None:
    line = escape(text)
    line.encode()
    assert line.splitlines() in ([], [line])
