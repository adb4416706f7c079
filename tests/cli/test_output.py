"""`effecttalk output`: the full output from the spill files, or the outputs of the cell."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from effecttalk_kernel.output.content.pictures import png
from effecttalk_kernel.store.spill.layout import spills_directory
from effecttalk_kernel.store.spill.writer import SpillFolder
from tests.cli.command import run
from tests.support.stored_session import SampleBlock, store_session
from tests.support.unmasked import Unmasked

PICTURE = b"\x1b]1337;File=inline=1:%s\a" % base64.b64encode(png.encode([bytes(12)] * 3, 4))


def spill(data: Path, stdout: bytes, stderr: bytes = b"", *, is_final: bool = True) -> None:
    written = SpillFolder(spills_directory(data) / "s1", 1_000_000, Unmasked).open_spill(
        3, inline_bytes=0
    )
    written.write("stdout", stdout)
    written.write("stderr", stderr)
    written.finish(is_final=is_final)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (b"plain\n", "plain\n"),
        (b"\x1b[31mred\x1b[0m\n", "red\n"),
        (b"10%\r20%\n", "20%\n"),
        (b"\x1b]0;title\ashown\n", "shown\n"),
        (b"before\n\x1b[H\x1b[2Jafter\n", "before\nafter\n"),
        (b"a\n" + PICTURE + b"b\n", f"a\n[a picture of {len(PICTURE) - 13} bytes]\nb\n"),
        (b"\xff\n", "\ufffd\n"),
        (b"no end", "no end"),
    ],
)
def test_output_is_printed_as_a_terminal_shows_it(data: Path, written: bytes, text: str) -> None:
    spill(data, written)
    assert run("output", "s1-3").stdout == text


def test_raw_output_is_what_was_written(data: Path) -> None:
    spill(data, b"\x1b[31mred\xff\r\n")
    assert run("output", "--raw", "s1-3").stdout_bytes == b"\x1b[31mred\xff\r\n"


def test_standard_error_is_printed_by_itself(data: Path) -> None:
    spill(data, b"out\n", b"err\n")
    assert run("output", "s1-3", "--stderr").stdout == "err\n"


def test_a_number_is_a_block_of_this_session(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spill(data, b"out\n")
    monkeypatch.setenv("EFFECTTALK_SESSION", "s1")
    assert run("output", "3").stdout == "out\n"


@pytest.mark.usefixtures("data")
def test_an_unknown_block_is_an_error() -> None:
    done = run("output", "s1-4")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: no full output of block 4 of session s1")


def test_an_incomplete_output_is_printed_with_a_warning(data: Path) -> None:
    written = SpillFolder(spills_directory(data) / "s1", 4, Unmasked).open_spill(3, inline_bytes=0)
    written.write("stdout", b"0123456789")
    written.finish(is_final=True)
    done = run("output", "s1-3")
    assert (done.stdout, done.exit_code) == ("0123", 0)
    assert "the output is incomplete: max_session_size" in done.stderr


def test_an_invalid_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_ROWS", "many")
    done = run("output", "3")
    assert done.exit_code == 1
    assert "EFFECTTALK_ROWS: invalid value 'many'" in done.output


def test_a_closed_pipe_is_not_an_error(data: Path) -> None:
    spill(data, b"line\n" * 100_000)
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m effecttalk_kernel.cli output s1-3 | head -1"],
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("line\n", "")


def test_a_block_without_a_spill_has_the_outputs_of_its_cell(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("make", "\x1b[31mout\x1b[0m\n", "err\n")])
    assert run("output", "aaaa1111-1").stdout == "out\n"
    assert run("output", "aaaa1111-1", "--stderr").stdout == "err\n"
    assert run("output", "aaaa1111-1", "--raw").stdout == "\x1b[31mout\x1b[0m\n"


def test_the_beginning_of_a_session_finds_its_spill(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock("make", "in the cell\n")])
    written = SpillFolder(spills_directory(data) / "aaaa1111", 1_000_000, Unmasked).open_spill(
        1, inline_bytes=0
    )
    written.write("stdout", b"full output\n")
    written.finish(is_final=True)
    assert run("output", "aaaa-1").stdout == "full output\n"


def test_a_block_that_wrote_nothing_prints_nothing(data: Path) -> None:
    store_session(data, "aaaa1111", [SampleBlock(":")])
    done = run("output", "aaaa1111-1")
    assert (done.stdout, done.stderr, done.exit_code) == ("", "", 0)
