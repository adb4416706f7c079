"""`env`: variables of one block; test_cwd.py tests how they are restored."""

from tests.support.notebook import Notebook


def test_variables_are_for_one_block_only(fresh: Notebook) -> None:
    fresh.run("declare -i count=5; list=(a b); unset -v absent")
    cell = fresh.run(
        '#| env: {count: 7, list: one, absent: "it\'s $HOME"}\n'
        "env | grep -E '^(count|list|absent)=' | sort; absent=changed"
    )
    assert cell.stdout == "absent=it's $HOME\ncount=7\nlist=one\n"
    found = fresh.run("declare -p count list; declare -p absent")
    assert found.stdout == 'declare -i count="5"\ndeclare -a list=([0]="a" [1]="b")\n'
    assert "absent: not found" in found.stderr
