"""Completion of a live session, through the protocol."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Start
from tests.support.notebook import Notebook
from tests.support.readline import COMPLETION

needs_git = pytest.mark.skipif(
    not (COMPLETION.exists() and shutil.which("git")),
    reason="not installed: bash-completion or git",
)
REPOSITORY = """cd "$(mktemp -d)" && git init -q
git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x
git branch feature/one; git branch feature/two"""


def offered(notebook: Notebook, code: str) -> dict[str, Any]:
    content = {"code": code, "cursor_pos": len(code)}
    return dict(notebook.ask("complete_request", content))


def matches(notebook: Notebook, code: str) -> list[str]:
    return list(offered(notebook, code)["matches"])


@needs_git
def test_branches_are_those_of_the_sessions_directory(fresh: Notebook) -> None:
    fresh.run(REPOSITORY)
    code = "echo 😀\ngit checkout fe"
    reply = offered(fresh, code)
    assert reply["matches"] == ["feature/one", "feature/two"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (code.index("fe"), len(code))
    kinds = {entry["type"] for entry in reply["metadata"]["_jupyter_types_experimental"]}
    assert kinds == {"argument"}


@needs_git
def test_a_session_that_has_loaded_bash_completion_offers_the_same(
    start: Start, surroundings: Path
) -> None:
    rc = surroundings / ".bashrc"
    rc.write_text(f". {COMPLETION}\n")
    try:
        notebook = start()
        notebook.run(":")
        assert "-D" in notebook.run("complete -p -D").stdout
        assert matches(notebook, "git che") == ["checkout", "cherry", "cherry-pick"]
    finally:
        rc.unlink()


@needs_git
def test_completion_loads_nothing_into_the_session(fresh: Notebook) -> None:
    count = "complete -p | wc -l; declare -F | wc -l; echo $BASH_COMPLETION_VERSINFO"
    before = fresh.run(count).stdout
    assert matches(fresh, "git che")
    assert fresh.run(count).stdout == before


def test_a_specification_made_in_a_cell_is_used(fresh: Notebook) -> None:
    fresh.run("complete -W 'apple apricot' fruit")
    assert matches(fresh, "fruit ap") == ["apple", "apricot"]


def test_a_specification_survives_the_shell(fresh: Notebook) -> None:
    fresh.run("f() { COMPREPLY=(new); }\ncomplete() { echo no; }\nbuiltin complete -F f fruit")
    fresh.run("kill -9 $$")
    assert fresh.run("builtin complete -p fruit").stdout == "complete -F f fruit\n"
    assert matches(fresh, "fruit ") == ["new"]
    assert fresh.run("complete").stdout == "no\n"


def test_completion_has_no_effect_on_the_session(fresh: Notebook) -> None:
    fresh.run(
        "f() { x=2; cd /; trap 'echo no' EXIT; set -u; COMPREPLY=(done); }; complete -F f fruit"
    )
    fresh.run("x=1; cd /usr")
    assert matches(fresh, "fruit ") == ["done"]
    assert fresh.run('echo "$x $PWD $nope"').stdout == "1 /usr \n"


def test_completion_works_while_a_block_runs(fresh: Notebook) -> None:
    fresh.run("complete -W 'apple apricot' fruit")
    cell = fresh.send("echo go; read -t 60 < <(sleep 60)")
    fresh.wait(lambda: "go" in cell.stdout, "a running block")
    assert matches(fresh, "fruit ap") == ["apple", "apricot"]
    assert not cell.is_done
    fresh.manager.interrupt_kernel()
    fresh.finish(cell)
