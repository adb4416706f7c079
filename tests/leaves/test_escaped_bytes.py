"""Bytes that are not UTF-8, in text that leaves the session."""

import json
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from effecttalk_kernel.bash_quoting import escape_bytes, escape_json, escape_value, unescape_value

# Bytes of all kinds, more often those that the escapes themselves consist of.
BYTES = st.lists(
    st.one_of(
        st.binary(max_size=4),
        st.sampled_from(
            [b"$", b"'", b"\\", b"$'", b"\\351", b"$'\\351'", b"\xe9", b"\xc3", b"\xa9"]
        ),
        st.sampled_from([b"/", b"\0", "é".encode(), b"\xc0\x80", b"\xef\xbf\xbe", b"\xed\xb3\xa9"]),
    ),
    max_size=12,
).map(b"".join)


def decode(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


@given(BYTES)
@example(b"$'\\351'")
@example(b"$$'\\351''")
@example(b"\xe9$'\\044'")
def test_a_value_comes_back_with_every_byte(data: bytes) -> None:
    escaped = escape_value(decode(data))
    assert unescape_value(escaped).encode(errors="surrogateescape") == data
    assert escaped.encode().decode() == escaped


@given(BYTES)
def test_text_that_is_utf_8_stays_as_it_is(data: bytes) -> None:
    text = data.decode(errors="replace")
    assert escape_bytes(text) == text


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_valid_unicode(text: str) -> None:
    escape_bytes(text).encode()
    escape_value(text).encode()


@given(BYTES, BYTES)
def test_what_is_below_a_directory_begins_with_it(directory: bytes, name: bytes) -> None:
    escaped = escape_value(decode(directory + b"/" + name))
    assert escaped == escape_value(decode(directory)) + "/" + escape_value(decode(name))


@given(BYTES, BYTES)
def test_different_values_stay_different(one: bytes, other: bytes) -> None:
    assert (escape_value(decode(one)) == escape_value(decode(other))) == (one == other)


@pytest.mark.parametrize(
    ("data", "escaped"),
    [
        (b"/tmp/d\xe9", r"/tmp/d$'\351'"),
        (b"\xff\xfe and \x80", r"$'\377\376' and $'\200'"),
        ("é".encode(), "é"),
        (b"\xc0\xaf", r"$'\300\257'"),
        (b"\xed\xa0\x80", r"$'\355\240\200'"),
        (b"\xef\xbf\xbe", "\ufffe"),
        (b"it's $5", "it's $5"),
    ],
)
def test_bytes_are_written_as_bash_writes_them(data: bytes, escaped: str) -> None:
    assert escape_bytes(decode(data)) == escaped


@pytest.mark.parametrize("data", [b"/tmp/d\xe9", b"\xff\xfe", b"a\xe9\xc3\xa9z"])
def test_bash_reads_an_escaped_path(data: bytes) -> None:
    script = f"printf %s {escape_value(decode(data))}"
    assert subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout == data


def test_halves_of_a_character_are_joined_and_others_replaced() -> None:
    assert escape_bytes("\ud83d" + "\udc80") == "\U0001f480"
    assert escape_bytes("a\ud83d") == "a\ufffd"


def test_all_texts_of_a_json_value_are_escaped() -> None:
    value = {"d\udce9": ["\udce9", {"n": 1, "t": ("\udce9", None)}]}
    escaped = escape_json(value)
    json.dumps(escaped, ensure_ascii=False).encode()
    assert escaped == {r"d$'\351'": [r"$'\351'", {"n": 1, "t": [r"$'\351'", None]}]}
