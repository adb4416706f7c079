"""Completion of the `effecttalk` command, by the script for bash."""

from pathlib import Path

import pytest

from tests.cli.command import Ran, complete, keep, run

SCRIPT = Path(__file__).parents[2] / "effecttalk_kernel" / "cli" / "completions" / "effecttalk"


@pytest.fixture
def store(data: Path) -> Path:
    keep(data, "aaaa1111", [Ran("ls"), Ran("pwd")])
    keep(data, "bbbb1111", [Ran("ls")])
    return data


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["s"], ["sessions", "search", "stats"]),
        (["sessions", "ex"], ["export"]),
        (["sessions", "show", ""], ["bbbb1111", "aaaa1111"]),
        (["sessions", "show", "a"], ["aaaa1111"]),
        (["blocks", "show", "aaaa1111-"], ["aaaa1111-2", "aaaa1111-1"]),
        (["output", "bbbb1111-"], ["bbbb1111-1"]),
        (["search", "x", "--session", "b"], ["bbbb1111"]),
        (["sessions", "list", "--no"], ["--notebook"]),
        (["backup", "restore", ""], ["latest"]),
        (["completion", "f"], ["fish"]),
        (["main"], []),
        (["sessions", "show", "zzz"], []),
    ],
)
def test_names_are_completed(words: list[str], found: list[str]) -> None:
    assert {*complete(*words)} == {*found}


@pytest.mark.usefixtures("store")
def test_a_cell_completes_the_numbers_of_its_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_SESSION", "aaaa1111")
    assert complete("output", "") == ["2", "1"]
    assert complete("output", "b") == ["bbbb1111-1"]


def test_without_a_readable_store_nothing_is_completed(data: Path) -> None:
    assert complete("sessions", "show", "") == []
    data.mkdir()
    (data / "store.sqlite").write_bytes(b"not a database")
    assert complete("sessions", "show", "") == []
    assert complete("blocks", "show", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_a_script(shell: str) -> None:
    done = run("completion", shell)
    assert done.exit_code == 0
    assert f"_EFFECTTALK_COMPLETE={shell}_complete" in done.stdout


def test_the_installed_script_is_the_one_that_is_printed() -> None:
    assert SCRIPT.read_text() == run("completion", "bash").stdout
