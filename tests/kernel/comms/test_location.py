"""The shell's directory, branch and environment, as clients get them."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Start
from tests.support.comm import Comm
from tests.support.notebook import Cell, Notebook

PASSWORD = "correct-horse-battery"
GITHUB = "ghp_" + "a1B2" * 9


@pytest.fixture(params=["kept", "not kept"])
def kernel(request: pytest.FixtureRequest, start: Start) -> Notebook:
    """A kernel of the test's own, with a store and without."""
    return start(EFFECTTALK_KEEP_SESSIONS=str(request.param == "kept").lower())


class Watcher(Comm):
    """A client that receives the location."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(notebook, "effecttalk.blocks")

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [data for data in self.told if data.get("event") == kind]

    def environment(self) -> dict[str, Any]:
        """Ask, and return the answer."""
        count = len(self.events("environment"))
        assert self.say(command="environment") == {"status": "ok"}
        self._notebook.wait(lambda: len(self.events("environment")) > count, "the environment")
        return self.events("environment")[-1]

    def wait_for_place(self, **place: str) -> None:
        expected = {"event": "place", **place}
        self._notebook.wait(lambda: self.events("place")[-1:] == [expected], f"{expected}")


def run(kernel: Notebook, code: str, cell: str = "c-1") -> Cell:
    return kernel.finish(kernel.send_with_metadata(code, {"cellId": cell}, allow_stdin=False))


def values(environment: dict[str, Any]) -> dict[str, str | None]:
    return {one["name"]: one.get("value") for one in environment["variables"]}


def test_changes_of_blocks_are_sent_newest_first(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    run(kernel, "export FOO=1 BAR=2; f() { :; }; alias ll='ls -l'; shopt -s extglob", "c-1")
    run(kernel, "echo nothing", "c-2")
    run(kernel, "FOO=2; unset BAR; unset -f f; cd /usr; umask 077; shopt -u extglob", "c-3")
    told = watcher.environment()
    assert told["changes"] == [
        {
            "block": 3,
            "cell": "c-3",
            "directory": "/usr",
            "others": ["umask"],
            "variables": {"changed": ["FOO"], "unset": ["BAR"]},
            "functions": {"unset": ["f"]},
            "options": {"unset": ["extglob"]},
        },
        {
            "block": 1,
            "cell": "c-1",
            "variables": {"set": ["BAR", "FOO"]},
            "functions": {"set": ["f"]},
            "aliases": {"set": ["ll"]},
            "options": {"set": ["extglob"]},
        },
    ]
    assert (told["block"], told["cwd"], told["more"]) == (3, "/usr", 0)


def test_exported_variables_are_sent_unchanged(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    run(kernel, "export A='one \"two\"' B=$'1\\n2' C; D=4; declare -xi E=7")
    told = values(watcher.environment())
    assert {name: told.get(name) for name in "ABCDE"} == {
        "A": 'one "two"',
        "B": "1\n2",
        "C": None,
        "D": None,
        "E": "7",
    }
    assert "C" in told
    assert "D" not in told
    assert not [name for name in told if name.startswith("EFFECTTALK_")]


def test_no_secret_leaves_the_kernel(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    run(kernel, f"export MY_PASSWORD={PASSWORD}")
    run(kernel, f"export PLAIN={GITHUB} ADDRESS=https://ann:$MY_PASSWORD@example.org/")
    run(kernel, 'mkdir -p "in $MY_PASSWORD"; cd "in $MY_PASSWORD"; unset MY_PASSWORD')
    told = watcher.environment()
    assert PASSWORD not in str(told)
    assert GITHUB not in str(told)
    assert values(told)["PLAIN"] == "•••"
    assert "•••" in (values(told)["ADDRESS"] or "")
    assert told["changes"][0]["directory"].endswith("/in •••")
    run(kernel, f"export MY_PASSWORD={PASSWORD}; cd ..")
    assert values(watcher.environment())["MY_PASSWORD"] == "•••"
    assert PASSWORD not in str(watcher.events("environment"))


def test_the_environment_is_sent_while_a_block_runs(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    run(kernel, "export FOO=1")
    running = kernel.send("export FOO=2; echo begun; sleep 60")
    kernel.wait(lambda: "begun" in running.stdout, "the start")
    told = watcher.environment()
    assert (told["block"], values(told)["FOO"]) == (1, "1")
    kernel.manager.interrupt_kernel()
    kernel.finish(running)
    assert values(watcher.environment())["FOO"] == "2"


def test_there_is_an_environment_before_the_first_block(kernel: Notebook) -> None:
    told = Watcher(kernel).environment()
    assert (told["block"], told["changes"]) == (0, [])
    assert values(told)["PATH"]


def test_a_state_that_was_undone_is_sent_again(kernel: Notebook) -> None:
    watcher = Watcher(kernel)
    run(kernel, "export FOO=1")
    run(kernel, "export FOO=2")
    watcher.environment()
    run(kernel, "effecttalk undo", "c-3")
    told = watcher.environment()
    assert values(told)["FOO"] == "1"
    assert told["changes"][0] == {
        "block": 3,
        "cell": "c-3",
        "variables": {"changed": ["FOO"]},
    }


def test_a_changed_branch_is_sent(start: Start) -> None:
    kernel = start()
    watcher = Watcher(kernel)
    home = Path(kernel._popen["cwd"]).resolve()
    run(kernel, "mkdir -p project/.git; echo 'ref: refs/heads/main' > project/.git/HEAD")
    watcher.wait_for_place(cwd=str(home))
    run(kernel, "cd project")
    watcher.wait_for_place(cwd=f"{home}/project", branch="main")
    run(kernel, "true")
    run(kernel, "echo 'ref: refs/heads/topic' > .git/HEAD")
    watcher.wait_for_place(cwd=f"{home}/project", branch="topic")
    assert len(watcher.events("place")) == 3
    assert watcher.environment()["branch"] == "topic"
    assert watcher.say(command="state") == {"status": "ok"}
    kernel.wait(lambda: len(watcher.events("place")) == 4, "the place again")


def test_undo_sends_the_new_location(start: Start) -> None:
    kernel = start()
    watcher = Watcher(kernel)
    for place in ("/", "/usr", "/tmp", "/var"):
        run(kernel, f"cd {place}")
    watcher.wait_for_place(cwd="/var")
    for there in ("/tmp", "/usr", "/"):
        run(kernel, "effecttalk undo")
        watcher.wait_for_place(cwd=there)
