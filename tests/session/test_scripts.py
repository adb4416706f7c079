"""Script files: the code of blocks that other programs run."""

import shlex
from pathlib import Path

import pytest

from effecttalk_kernel.errors import BlockError
from effecttalk_kernel.session.scripts import ScriptFiles


def path_in(line: str) -> Path:
    return Path(shlex.split(line)[-1])


def test_each_block_has_a_file_with_its_code(tmp_path: Path) -> None:
    scripts = ScriptFiles(tmp_path / "scripts")
    for number, code in enumerate(("a long first one\n", "short", "é \udcff\n"), start=1):
        path = path_in(scripts.line("cat", number, code))
        assert path.name == f"block-{number}"
        assert path.read_bytes() == code.encode(errors="surrogateescape")
        assert path.stat().st_mode & 0o777 == 0o600
        scripts.remove(number)
        assert not path.exists()


def test_an_open_file_never_gets_the_code_of_another_block(tmp_path: Path) -> None:
    """A detached program still reads its file when its block has ended."""
    scripts = ScriptFiles(tmp_path / "scripts")
    with path_in(scripts.line("bash", 1, "first")).open() as file:
        scripts.remove(1)
        scripts.line("bash", 2, "other")
        assert file.read() == "first"


def test_blocks_that_run_at_once_have_different_files(tmp_path: Path) -> None:
    scripts = ScriptFiles(tmp_path / "scripts")
    paths = [path_in(scripts.line("cat", number, f"{number}")) for number in (1, 2, 3)]
    for number in (2, 1):
        scripts.remove(number)
    paths[:2] = [path_in(scripts.line("cat", number, f"{number}")) for number in (4, 5)]
    assert [path.read_text() for path in paths] == ["4", "5", "3"]


def test_a_removed_directory_is_made_again(tmp_path: Path) -> None:
    scripts = ScriptFiles(tmp_path / "scripts")
    scripts.line("cat", 1, "1")
    scripts.remove(1)
    (tmp_path / "scripts" / "next").unlink()
    (tmp_path / "scripts").rmdir()
    assert path_in(scripts.line("cat", 2, "2")).read_text() == "2"


def test_a_block_fails_if_its_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "scripts").write_text("a file is in the way")
    with pytest.raises(BlockError, match="cannot be handed to cat: "):
        ScriptFiles(tmp_path / "scripts").line("cat", 1, "1")
