"""Blocks in the background, by the command, at a kernel that says what the test wants."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from effecttalk_kernel.config.settings import SOCKET
from effecttalk_kernel.rpc.server import CallServer
from effecttalk_kernel.rpc.wire import CallError
from tests.cli.command import NOON, checks, offered, run, run_json, run_on_terminal

SERVER = {
    "block": 3,
    "name": "server",
    "command": "python -m http.server \x1b[2J",
    "started": NOON,
    "status": "background",
    "processes": [{"pid": 4711, "command": "python"}, {"pid": 4712, "command": "a\nb"}],
}
PLAIN = {**SERVER, "block": 12, "name": None, "command": "sleep 9 &", "processes": []}
NEVER = object()


def ended(block: int, status: str = "success", **fields: Any) -> dict[str, Any]:
    none = {"name": None, "exit_status": 0, "signal": None, "problem": ""}
    return {"block": block, "status": status, **none, **fields}


class FakeKernel:
    """Answers each call with what is put in `answers`, in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self.answers: dict[str, object] = {}
        self.asked: list[Mapping[str, object]] = []
        self.is_asked = threading.Event()
        names = ("jobs", "wait", "kill", "resources")
        self.server = CallServer(path, dict.fromkeys(names, self._answer))

    async def _answer(self, arguments: Mapping[str, object]) -> Mapping[str, object]:
        self.asked.append(arguments)
        self.is_asked.set()
        answer = self.answers[str(arguments["call"])]
        if answer is NEVER:
            await asyncio.Event().wait()
        if isinstance(answer, str):
            raise CallError(answer)
        assert isinstance(answer, dict)
        return answer

    async def _listen(self) -> None:
        self.server.listen()

    @contextmanager
    def listening(self) -> Iterator[None]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), loop).result()
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(self.server.close(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKernel]:
    fake = FakeKernel(tmp_path / "calls")
    monkeypatch.setenv(SOCKET, str(tmp_path / "calls"))
    with fake.listening():
        yield fake


# jobs


def test_jobs_are_lines_for_other_programs(fake: FakeKernel) -> None:
    fake.answers["jobs"] = {"jobs": [SERVER, PLAIN]}
    noon = "2026-01-31T12:00:00.000Z"
    assert [line.split("\t") for line in run("jobs").stdout.splitlines()] == [
        [
            "3",
            "server",
            "background",
            noon,
            "4711 python, 4712 a\\nb",
            r"python -m http.server \e[2J",
        ],
        ["12", "-", "background", noon, "-", "sleep 9 &"],
    ]


def test_jobs_are_json_when_that_is_wanted(fake: FakeKernel) -> None:
    fake.answers["jobs"] = {"jobs": [SERVER]}
    assert run_json("jobs") == [{**SERVER, "started": "2026-01-31T12:00:00.000Z"}]


def test_jobs_are_a_table_for_people(fake: FakeKernel) -> None:
    fake.answers["jobs"] = {"jobs": [SERVER, PLAIN]}
    heading, first, second = run_on_terminal("jobs", columns=100).splitlines()
    assert "BLOCK" in heading
    assert "4711 python" in first
    assert "\x1b[2J" not in first
    assert second.split()[0] == "12"


@pytest.mark.parametrize("command", ["jobs", "wait"])
def test_without_any_people_are_told_so(command: str, fake: FakeKernel) -> None:
    fake.answers.update(jobs={"jobs": []}, wait={"blocks": []})
    told = run_on_terminal(command)
    assert told == "no block of this session runs in the background\n"
    done = run(command)
    assert (done.stdout, done.exit_code) == ("", 0)
    assert run_json(command) == []


# wait


@pytest.mark.parametrize("blocks", [(), ("3",), ("server", "12")])
def test_a_wait_names_what_it_waits_for(blocks: tuple[str, ...], fake: FakeKernel) -> None:
    fake.answers["wait"] = {"blocks": [ended(3, name="server"), ended(12)]}
    done = run("wait", *blocks)
    assert done.exit_code == 0
    assert fake.asked == [{"call": "wait", "blocks": [*blocks]}]
    assert done.stdout == "3\tserver\tsuccess\t0\t-\t-\n12\t-\tsuccess\t0\t-\t-\n"


@pytest.mark.parametrize(
    ("blocks", "exit_status"),
    [
        ([ended(1), ended(2, "background")], 0),
        ([ended(1, "success", exit_status=7)], 0),  # allow-failure
        ([ended(1, "failed", exit_status=3), ended(2)], 3),
        ([ended(1, "failed", exit_status=3), ended(2, "failed", exit_status=4)], 4),
        ([ended(1, "failed", exit_status=137, signal="SIGKILL")], 137),
        ([ended(1, "timed_out", exit_status=130), ended(2)], 130),
        ([ended(1, "shell_lost", exit_status=None)], 1),
        ([ended(1, "failed", exit_status=0)], 1),
    ],
)
def test_a_wait_ends_as_the_last_one_that_failed(
    blocks: list[Any], exit_status: int, fake: FakeKernel
) -> None:
    fake.answers["wait"] = {"blocks": blocks}
    assert run("wait").exit_code == exit_status
    assert run_json_with(exit_status, "wait") == blocks


def run_json_with(exit_status: int, *arguments: str) -> Any:
    done = run(*arguments, "--json")
    assert (done.stderr, done.exit_code) == ("", exit_status)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("blocks", "who"),
    [
        ((), "not all blocks in the background have"),
        (("server",), "block server has not"),
        (("3", "server"), "not all of 3, server have"),
    ],
)
def test_a_wait_that_takes_too_long_ends(
    blocks: tuple[str, ...], who: str, fake: FakeKernel
) -> None:
    fake.answers["wait"] = NEVER
    done = run("wait", *blocks, "--timeout", "10ms")
    assert (done.stdout, done.exit_code) == ("", 124)
    assert done.stderr == f"Error: {who} ended within 0.01 s; `effecttalk jobs` shows what runs\n"


def test_a_wait_without_time_asks_what_has_ended(fake: FakeKernel) -> None:
    fake.answers["wait"] = {"blocks": [ended(1)]}
    assert run("wait", "1", "--timeout", "0").exit_code == 0


@pytest.mark.parametrize("wrong", ["soon", "-1s", "1 fortnight", ""])
def test_a_time_that_is_none_is_wrong_usage(wrong: str) -> None:
    done = run("wait", f"--timeout={wrong}")
    assert done.exit_code == 2
    assert "is no duration" in done.stderr


def test_an_interrupt_ends_a_wait_as_it_ends_other_programs(fake: FakeKernel) -> None:
    fake.answers["wait"] = NEVER
    # Whoever runs the tests may ignore it.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    waiting = subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-c",
            f"{code}; import effecttalk_kernel.cli as c; c.main(['wait'])",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert fake.is_asked.wait(10)
    waiting.send_signal(signal.SIGINT)
    assert waiting.communicate() == (b"", None)
    assert waiting.returncode == -signal.SIGINT


# kill


def test_a_kill_says_what_was_done(fake: FakeKernel) -> None:
    fake.answers["kill"] = {"text": ["block 3 has ended", "\x1b[2J"]}
    done = run("kill", "server", "3")
    assert (done.stdout, done.exit_code) == ("block 3 has ended\n\\e[2J\n", 0)
    assert fake.asked == [{"call": "kill", "blocks": ["server", "3"], "signal": None}]


@pytest.mark.parametrize(
    ("given", "name"),
    [("TERM", "TERM"), ("SIGTERM", "TERM"), ("term", "TERM"), ("9", "KILL"), ("usr1", "USR1")],
)
def test_a_signal_is_sent_by_its_name(given: str, name: str, fake: FakeKernel) -> None:
    fake.answers["kill"] = {"text": []}
    assert run("kill", "3", "--signal", given).exit_code == 0
    assert run("kill", "-s", given, "3").exit_code == 0
    assert [each["signal"] for each in fake.asked] == [name, name]


@pytest.mark.parametrize("wrong", ["NEVER", "0", "999", "-9", "", "SIG", "²"])
def test_what_is_no_signal_is_wrong_usage(wrong: str) -> None:
    done = run("kill", "3", f"--signal={wrong}")
    assert done.exit_code == 2
    assert "is no signal: give TERM, INT, KILL or a number" in done.stderr


def test_a_kill_of_nothing_is_wrong_usage() -> None:
    assert run("kill").exit_code == 2


# All of them


@pytest.mark.parametrize("arguments", [("jobs",), ("wait", "x"), ("kill", "x")])
def test_what_the_kernel_refuses_is_told(arguments: tuple[str, ...], fake: FakeKernel) -> None:
    fake.answers[arguments[0]] = "there is no block 'x'"
    done = run(*arguments)
    assert (done.stdout, done.exit_code) == ("", 1)
    assert done.stderr == "Error: there is no block 'x'\n"


@pytest.mark.parametrize("arguments", [("jobs",), ("wait",), ("kill", "3")])
def test_outside_of_a_session_nothing_runs(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.stdout, done.exit_code) == ("", 1)
    assert "there is no session here" in done.stderr


def test_blocks_that_run_are_completed(fake: FakeKernel) -> None:
    fake.answers["jobs"] = {"jobs": [SERVER, PLAIN, {**PLAIN, "block": 30}]}
    assert {*offered("wait", "")} == {"server", "3", "12", "30"}
    assert {*offered("kill", "3")} == {"3", "30"}
    assert offered("wait", "server", "se") == ["server"]
    assert {*offered("kill", "3", "--signal", "T")} == {"TERM"}
    fake.answers["jobs"] = "no"
    assert offered("wait", "") == []


def test_without_a_session_nothing_is_completed() -> None:
    assert offered("wait", "") == []


# doctor

FEW = {
    "descriptors": 31,
    "most_descriptors": 1024,
    "terminals": 3,
    "most_terminals": 4096,
    "threads": 1,
    "processes": 2,
    "blocks": 1,
    "spills": 2,
    "spilled_bytes": 2_500_000,
    "runtime_files": 7,
    "runtime_bytes": 120,
}


@pytest.mark.usefixtures("data")
def test_a_doctor_in_a_session_tells_what_that_holds(fake: FakeKernel) -> None:
    fake.answers["resources"] = FEW
    assert checks()["session"] == {
        "check": "session",
        "ok": True,
        "text": "31 of 1024 descriptors, 3 of 4096 terminals, 2 processes, 1 thread, 1 block in"
        " the background, 2 spills of 2.5 MB, 7 runtime files of 120 B",
    }


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("held", "remedy"),
    [
        ({"descriptors": 900}, "ulimit -n"),
        ({"terminals": 4000}, "kernel.pty.max"),
    ],
)
def test_a_session_that_holds_nearly_all_is_a_fault(
    held: dict[str, int], remedy: str, fake: FakeKernel
) -> None:
    fake.answers["resources"] = {**FEW, **held}
    found = checks()["session"]
    assert not found["ok"]
    assert "effecttalk kill" in found["text"]
    assert remedy in found["text"]


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("limits", [{"most_descriptors": -1}, {"most_terminals": None}])
def test_where_there_is_no_limit_none_is_told(limits: dict[str, Any], fake: FakeKernel) -> None:
    fake.answers["resources"] = {**FEW, "descriptors": 5000, "most_descriptors": 10_000, **limits}
    assert checks()["session"]["ok"]


@pytest.mark.usefixtures("data")
def test_a_kernel_that_does_not_know_is_a_fault(fake: FakeKernel) -> None:
    fake.answers["resources"] = "unknown call 'resources': known are undo"
    found = checks()["session"]
    assert not found["ok"]
    assert found["text"].endswith("known are undo; restart the kernel")


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("arrange", [lambda _: None, lambda patch: patch.setenv(SOCKET, "")])
def test_outside_of_a_session_a_doctor_does_not_look_for_one(
    arrange: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrange(monkeypatch)
    assert "session" not in checks()
