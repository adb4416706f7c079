"""A session whose runtime directory is removed, moved or in the way goes on."""

import pytest

from tests.support.notebook import Notebook

# A kernel that has just started may make the directory anew in between.
REPLACE = 'until [ -f "$directory" ]; do rm -r "$directory"; touch "$directory"; done'
LOSSES = {
    "wiped": 'rm -r "$directory"',
    "moved": 'mv "$directory" "$directory.moved"',
    "replaced by a file": REPLACE,
}
FIND = 'kept=1; f() { echo f; }; directory=$(dirname "$EFFECTTALK_SOCKET")'


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_blocks_and_new_shells_need_no_runtime_directory(fresh: Notebook, loss: str) -> None:
    fresh.run(FIND)
    assert fresh.run(f"{loss}; exit 3").record.exit_status == 3
    assert fresh.run("echo $kept; f").stdout == "1\nf\n"
    assert fresh.run("#| mime: text/plain\necho piped").status == "ok"
    late = fresh.run("#| background: true\nexit 3")
    fresh.late(late, lambda cell: "failed with exit status 3" in cell.stderr)


def test_a_lost_directory_is_made_anew_for_the_next_block(fresh: Notebook) -> None:
    fresh.run(FIND)
    fresh.run('rm -r "$directory"')
    assert fresh.run("effecttalk jobs").status == "ok"
    fresh.run("#| name: it\necho kept")
    fresh.run('mv "$directory" "$directory.moved"')
    assert fresh.run("#| shell: sh\necho $0").status == "ok"
    assert fresh.run("effecttalk undo").status == "ok"


def test_a_cell_says_once_what_does_not_work_without_the_directory(fresh: Notebook) -> None:
    fresh.run(FIND)
    fresh.run(REPLACE)
    cell = fresh.run("echo $kept")
    assert cell.stdout == "1\n"
    assert "runtime directory is gone and cannot be made anew (File exists)" in cell.stderr
    assert fresh.run("echo $kept").stderr == ""
    fresh.run('rm "$directory"')
    assert fresh.run("effecttalk jobs").status == "ok"
