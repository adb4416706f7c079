"""The `effecttalk` command, as it is used outside of a session."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from effecttalk_kernel.cli import main
from effecttalk_kernel.output.pictures import png
from effecttalk_kernel.spill.contents import spills_directory
from effecttalk_kernel.spill.writer import SpillFolder

PICTURE = b"\x1b]1337;File=inline=1:%s\a" % base64.b64encode(png.encode([bytes(12)] * 3, 4))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EFFECTTALK_DATA_DIR", str(tmp_path))
    return tmp_path


def keep(data: Path, stdout: bytes, stderr: bytes = b"", *, is_final: bool = True) -> None:
    spill = SpillFolder(spills_directory(data) / "s1", 1_000_000).spill(3, inline_bytes=0)
    spill.write("stdout", stdout)
    spill.write("stderr", stderr)
    spill.finish(is_final=is_final)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments], catch_exceptions=False)


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
    keep(data, written)
    assert run("output", "s1-3").stdout == text


def test_raw_output_is_what_was_written(data: Path) -> None:
    keep(data, b"\x1b[31mred\xff\r\n")
    assert run("output", "--raw", "s1-3").stdout_bytes == b"\x1b[31mred\xff\r\n"


def test_standard_error_is_printed_by_itself(data: Path) -> None:
    keep(data, b"out\n", b"err\n")
    assert run("output", "s1-3", "--stderr").stdout == "err\n"


def test_the_session_of_the_cell_is_meant_by_a_number(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(data, b"out\n")
    monkeypatch.setenv("EFFECTTALK_SESSION", "s1")
    assert run("output", "3").stdout == "out\n"


@pytest.mark.usefixtures("data")
def test_a_block_that_is_not_there_is_an_error() -> None:
    done = run("output", "s1-4")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: nothing more is kept of block 4 of session s1")


def test_what_is_not_complete_is_printed_with_a_warning(data: Path) -> None:
    spill = SpillFolder(spills_directory(data) / "s1", 4).spill(3, inline_bytes=0)
    spill.write("stdout", b"0123456789")
    spill.finish(is_final=True)
    done = run("output", "s1-3")
    assert (done.stdout, done.exit_code) == ("0123", 0)
    assert "not all was kept: max_session_size" in done.stderr


def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_ROWS", "many")
    done = run("output", "3")
    assert done.exit_code == 1
    assert "EFFECTTALK_ROWS can't be 'many'" in done.output


def test_a_reader_may_go_away(data: Path) -> None:
    keep(data, b"line\n" * 100_000)
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m effecttalk_kernel.cli output s1-3 | head -1"],
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("line\n", "")
