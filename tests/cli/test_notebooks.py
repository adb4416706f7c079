"""`effecttalk sessions export` and `import`."""

import json
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from effecttalk_kernel.cli import main
from tests.cli.command import Ran, keep, run, run_json


def test_an_exported_session_can_be_imported(data: Path, tmp_path: Path) -> None:
    keep(data, "aaaa1111", [Ran("echo hello", "hello\n"), Ran("false", exit_status=1)])
    file = tmp_path / "day.ipynb"
    assert run("sessions", "export", "aaaa", str(file)).exit_code == 0
    notebook = nbformat.read(file, as_version=4)
    assert [cell.source for cell in notebook.cells] == ["echo hello", "false"]
    identity = run("sessions", "import", str(file)).stdout.strip()
    assert identity in {session["id"] for session in run_json("sessions", "list")}
    blocks = run_json("blocks", "list", identity)
    assert [block["command"] for block in reversed(blocks)] == ["echo hello", "false"]
    assert run("output", f"{identity}-1").stdout == "hello\n"


def test_a_file_is_overwritten_only_with_force(data: Path, tmp_path: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls")])
    file = tmp_path / "mine.ipynb"
    file.write_text("mine")
    done = run("sessions", "export", "aaaa", str(file))
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {file} exists")
    assert file.read_text() == "mine"
    assert run("sessions", "export", "aaaa", str(file), "--force").exit_code == 0
    assert json.loads(file.read_text())["nbformat"] == 4
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["mine.ipynb"]


def test_a_dash_is_standard_output_or_input(data: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls")])
    text = run("sessions", "export", "aaaa", "-").stdout
    done = CliRunner().invoke(main, ["sessions", "import", "-"], input=text)
    assert done.exit_code == 0, done.stderr
    assert len(run_json("sessions", "list")) == 2


def test_a_missing_directory_is_an_error(data: Path, tmp_path: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls")])
    done = run("sessions", "export", "aaaa", str(tmp_path / "none" / "a.ipynb"))
    assert done.exit_code == 1
    assert "No such file or directory" in done.stderr


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{", b'{"nbformat": 99}', b"\x00"])
def test_a_file_that_is_not_a_notebook_is_not_imported(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.ipynb"
    file.write_bytes(content)
    done = run("sessions", "import", str(file))
    assert (done.stdout, done.exit_code) == ("", 1)
    assert done.stderr.startswith("Error: ")
    assert run_json("sessions", "list", "--all") == []
