"""What is read from bash's quotes is what bash itself reads, whatever the text.

Each example gives one bash many samples: to start it takes longer than to ask it.
"""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.bash_quoting import (
    Declaration,
    declarations,
    decode_ansi_c,
    decode_double_quoted,
    decode_word,
    escape_ansi_c,
    escape_double_quoted,
    quote_value,
    quoted_values,
)

BATCH = 60
# What means something to bash, and what comes near it.
SPECIAL = [
    *(bytes([code]) for code in (*range(1, 128), 0x80, 0xC3, 0xA9, 0xFF)),
    *(text.encode() for text in ("é", "日本", "\u200b", "\xa0", "\x85", "😀", "~", "=~", ":~", "[0]=")),
    *(b"\n", b"\ndeclare -x A=\"", b"$(", b"${", b"$'", b"\"", b"'", b"\\", b"\\\n", b"\\\\", b"\x1b["),
]  # fmt: skip
VALUES = st.lists(st.sampled_from(SPECIAL) | st.binary(min_size=1, max_size=3), max_size=8).map(
    lambda pieces: b"".join(pieces).replace(b"\0", b"")
)
# Bash 5.2 doubles the two bytes that it marks text with when a backslash stands before them.
ESCAPED_BYTES = st.sampled_from([code for code in range(1, 256) if code not in {0x01, 0x7F}])
# What begins like an escape, or any other text that $'...' may hold.
ESCAPES = st.one_of(
    ESCAPED_BYTES.map(lambda code: b"\\" + bytes([code])),
    st.from_regex(rb"\\[0-7]{1,4}", fullmatch=True),
    st.from_regex(rb"\\x\{?[0-9a-fA-F]{0,4}\}?", fullmatch=True),
    st.from_regex(rb"\\[uU][0-9a-fA-F]{0,9}", fullmatch=True),
    st.sampled_from(range(0x110000)).map(lambda code: b"\\U%x" % code),
    ESCAPED_BYTES.map(lambda code: b"\\c" + bytes([code])),
    st.sampled_from([each for each in SPECIAL if not {*b"'\\"} & {*each}]),
)
ANSI_C_BODIES = st.lists(ESCAPES, max_size=6).map(
    lambda pieces: b"".join(pieces).replace(b"\\c'", b"\\c").replace(b"\\c\\", b"\\c\\\\")
)
WORDS = st.lists(
    st.one_of(
        st.sampled_from([each for each in SPECIAL if b"$(" not in each and b"`" not in each]),
        ANSI_C_BODIES.map(lambda body: b"$'%b'" % body),
        VALUES.map(lambda value: b'"%b"' % escape_double_quoted(value)),
        VALUES.map(lambda value: b"'%b'" % value.replace(b"'", b"")),
    ),
    max_size=4,
).map(b"".join)
# Which other characters bash prints as they are depends on the system's tables of them.
PRINTED = st.lists(
    st.characters(min_codepoint=1, max_codepoint=0x24F).map(str.encode) | st.sampled_from(SPECIAL),
    max_size=9,
).map(b"".join)
CASES = settings(max_examples=15, deadline=None)


def bash(script: bytes, values: list[bytes] | None = None) -> list[bytes]:
    """Return what *script* prints, split at NUL bytes; `${given[@]}` are the *values*."""
    done = subprocess.run(
        ["bash", "--norc", "-c", b"mapfile -d '' -t given; eval \"${given[-1]}\""],
        input=b"".join(value + b"\0" for value in (*(values or ()), script)),
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    assert not done.stderr, done.stderr
    return done.stdout.split(b"\0")[:-1]


def batches(samples: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[bytes]]:
    """Return lists of *samples*, long enough that few processes try many of them."""
    return st.lists(samples, min_size=1, max_size=BATCH)


@CASES
@given(batches(ANSI_C_BODIES))
def test_ansi_c_quoting_is_decoded_as_bash_does(bodies: list[bytes]) -> None:
    script = b"\n".join(b"printf '%%s\\0' $'%b'\"\"" % body for body in bodies)
    assert [decode_ansi_c(body) for body in bodies] == bash(script)


@pytest.mark.parametrize(
    "escape",
    r"""\a \b \e \E \f \n \r \t \v \\ \' \" \? \1 \12 \123 \1234 \777 \8 \x4 \x41 \x414 \xg \x{41} \x{4142}
    \x{41 \u41 \u00e9 \u20ac \ud800 \U1f600 \U110000 \U7fffffff \U80000000 \u \Ug \ca \cA \c? \c[ \c\\
    \c\a \c \q \0 \400 \x00 \u0000 \c@ \x{}""".split(),  # noqa: SIM905 # as they are typed
)
def test_every_escape_is_decoded_as_bash_does(escape: str) -> None:
    body = f"before{escape}".encode()
    assert [decode_ansi_c(body)] == bash(b"printf '%%s\\0' $'%b'" % body)
    assert [decode_ansi_c(body + b"|z")] == bash(b"printf '%%s\\0' $'%b|z'" % body)


@CASES
@given(batches(VALUES))
def test_declared_variables_are_read(values: list[bytes]) -> None:
    script = b"\n".join(
        b'declare -x v%d="${given[%d]}"; declare -p v%d' % (at, at, at) for at in range(len(values))
    )
    [printed] = bash(script + b"; printf '\\0'", values)
    read = {each.name: each.value for each in declarations(printed)}
    assert read == {b"v%d" % at: value for at, value in enumerate(values)}


@CASES
@given(batches(VALUES))
def test_arrays_are_read_whatever_their_keys(values: list[bytes]) -> None:
    script = rb"""
    declare -a list=("${given[@]:0:${#given[@]}-1}")
    declare -A map=()
    for text in "${list[@]}"; do map["k$text"]=$text; done
    declare -p list map; printf '\0'
    printf '%s\0' "${map[@]}" """
    printed, *mapped = bash(script, values)
    listed, keyed = declarations(printed)
    assert listed.is_array
    assert [each.value for each in listed.values] == values
    assert [each.value for each in keyed.values] == mapped
    assert listed.value is keyed.value is None


@CASES
@given(batches(VALUES))
def test_quoted_words_are_read(values: list[bytes]) -> None:
    script = rb"""
    for text in "${given[@]:0:${#given[@]}-1}"; do
        alias "a=$text"
        printf '%q\0%s\0%s\0' "$text" "${text@Q}" "${BASH_ALIASES[a]@Q}"
    done"""
    read = [decode_word(word) for word in bash(script, values)]
    assert read == [value for value in values for _ in range(3)]


@CASES
@given(batches(WORDS))
def test_a_word_means_what_it_means_in_an_assignment(words: list[bytes]) -> None:
    """Where it cannot be told without the shell, nothing is told."""
    read = {word: value for word in words if (value := decode_word(word)) is not None}
    script = b"\n".join(b"word=%b\nprintf '%%s\\0' \"$word\"" % word for word in read)
    assert list(read.values()) == bash(script)


@pytest.mark.parametrize(
    "word", ["$HOME", '"$HOME"', "`ls`", "$(ls)", '"`ls`"', "~", "a:~b", "a b", "'a", '"a', "$'a", "a\\"]
)  # fmt: skip
def test_a_word_that_takes_a_shell_has_no_value(word: str) -> None:
    assert decode_word(word.encode()) is None


@CASES
@given(batches(VALUES))
def test_bash_reads_what_is_quoted_here(values: list[bytes]) -> None:
    script = b"\n".join(
        b"printf '%%s\\0' %b \"%b\" $'%b'\"\""
        % (quote_value(value), escape_double_quoted(value), escape_ansi_c(value))
        for value in values
    )
    assert bash(script) == [value for value in values for _ in range(3)]
    for value in values:
        assert decode_word(quote_value(value)) == value
        assert decode_double_quoted(escape_double_quoted(value)) == value
        assert decode_ansi_c(escape_ansi_c(value)) == value


@CASES
@given(batches(PRINTED))
def test_a_value_is_quoted_as_bash_prints_it(values: list[bytes]) -> None:
    script = b"".join(
        b"v=\"${given[%d]}\"; declare -p v; printf '\\0'\n" % at for at in range(len(values))
    )
    assert bash(script, values) == [b"declare -- v=%b\n" % quote_value(value) for value in values]


def test_a_value_is_found_where_it_stands() -> None:
    """What stands between its quotes can be replaced, as secrets are."""
    text = b"""declare -A map=(["a b"]="\\"1" [$'c\\n']=$'2\\n' )\n"""
    [declaration] = declarations(text)
    bodies = [text[each.start : each.end] for each in declaration.values]
    assert bodies == [b'\\"1', b"2\\n"]
    assert [each.value for each in declaration.values] == [b'"1', b"2\n"]


def test_a_variable_without_a_value_has_none() -> None:
    [declaration] = declarations(b"declare -x Z\n")
    assert declaration == Declaration(b"declare -x Z\n", b"x", b"Z", 0)
    assert declaration.values == []
    assert declaration.value is None


def test_a_line_in_a_value_is_no_variable() -> None:
    read = declarations(b'declare -- a="\'\ndeclare -x b=\\"1\\"\n\'"\ndeclare -x c="2"\n')
    assert [each.name for each in read] == [b"a", b"c"]


def test_a_long_value_is_read_in_no_time() -> None:
    """No pattern goes back over what it has read."""
    for quoted in (b'"' + b"\\\\a" * 100_000, b"$'" + b"\\na'" * 100_000, b"(" + b"[0]=" * 100_000):
        text = b"declare -- a=" + quoted
        assert [each.name for each in declarations(text)] in ([], [b"a"])
        quoted_values(text, len(b"declare -- a="))
        decode_word(quoted)
