"""`cwd`: the working directory of one block."""

import pytest

from tests.support.notebook import Notebook


def test_a_directory_is_for_one_block_only(fresh: Notebook) -> None:
    fresh.run("mkdir -p deep/down; cd /tmp; cd ~/deep")
    cell = fresh.run("#| cwd: down\npwd; cd /; pwd")
    assert cell.stdout.endswith("/deep/down\n/\n")
    assert cell.record.cwd.before.endswith("/deep/down")
    assert fresh.run("pwd; echo $OLDPWD").stdout.endswith("/deep\n/tmp\n")


@pytest.mark.parametrize(
    "how", ["false", "exit 3", "sleep 60", "set -e; false", "return 2>/dev/null"]
)
def test_directory_and_variables_of_the_session_come_back_however_the_block_ends(
    fresh: Notebook, how: str
) -> None:
    fresh.run("cd /usr; export LENT=mine")
    fresh.run(f"#| cwd: /tmp\n#| env: {{LENT: theirs}}\n#| timeout: 400ms\n{how}")
    assert fresh.run("pwd; declare -p LENT").stdout == '/usr\ndeclare -x LENT="mine"\n'


def test_a_missing_directory_fails_the_cell_before_it_runs(kernel: Notebook) -> None:
    cell = kernel.run("#| cwd: /nowhere\necho ran")
    assert cell.stdout == ""
    assert (
        cell.evalue == "invalid value '/nowhere' for option 'cwd': there is no directory /nowhere"
    )
