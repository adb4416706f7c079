"""`effecttalk jobs`, `wait` and `kill`, with a fake kernel that gives the test's answers."""

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
from tests.cli.command import (
    complete,
    doctor_checks,
    run,
    run_json,
    run_on_terminal,
)
from tests.support.stored_session import NOON

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
    """Answers each call with the value in `answers`, in another thread."""

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


def test_jobs_are_printed_as_json(fake: FakeKernel) -> None:
    fake.answers["jobs"] = {"jobs": [SERVER]}
    assert run_json("jobs") == [{**SERVER, "started": "2026-01-31T12:00:00.000Z"}]


def test_jobs_are_a_table_on_a_terminal(fake: FakeKernel) -> None:
    fake.answers["jobs"] = {"jobs": [SERVER, PLAIN]}
    heading, first, second = run_on_terminal("jobs", columns=100).splitlines()
    assert "BLOCK" in heading
    assert "4711 python" in first
    assert "\x1b[2J" not in first
    assert second.split()[0] == "12"


@pytest.mark.parametrize("command", ["jobs", "wait"])
def test_jobs_prints_a_message_on_a_terminal_without_jobs(command: str, fake: FakeKernel) -> None:
    fake.answers.update(jobs={"jobs": []}, wait={"blocks": []})
    printed = run_on_terminal(command)
    assert printed == "no blocks of this session run in the background\n"
    done = run(command)
    assert (done.stdout, done.exit_code) == ("", 0)
    assert run_json(command) == []


# wait


@pytest.mark.parametrize("blocks", [(), ("3",), ("server", "12")])
def test_wait_names_the_blocks(blocks: tuple[str, ...], fake: FakeKernel) -> None:
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
def test_wait_returns_the_status_of_the_last_failed_block(
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
    ("blocks", "subject"),
    [
        ((), "not all blocks in the background have"),
        (("server",), "block server has not"),
        (("3", "server"), "not all of 3, server have"),
    ],
)
def test_wait_ends_after_its_timeout(
    blocks: tuple[str, ...], subject: str, fake: FakeKernel
) -> None:
    fake.answers["wait"] = NEVER
    done = run("wait", *blocks, "--timeout", "10ms")
    assert (done.stdout, done.exit_code) == ("", 124)
    assert done.stderr == f"Error: {subject} ended within 0.01 s: see `effecttalk jobs`\n"


def test_wait_with_timeout_0_reports_what_has_ended(fake: FakeKernel) -> None:
    fake.answers["wait"] = {"blocks": [ended(1)]}
    assert run("wait", "1", "--timeout", "0").exit_code == 0


@pytest.mark.parametrize("wrong", ["soon", "-1s", "1 fortnight", ""])
def test_an_invalid_timeout_is_a_usage_error(wrong: str) -> None:
    done = run("wait", f"--timeout={wrong}")
    assert done.exit_code == 2
    assert "is not a duration" in done.stderr


def test_wait_ends_by_sigint(fake: FakeKernel) -> None:
    fake.answers["wait"] = NEVER
    # The parent of the tests may ignore the signal.
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


def test_kill_prints_the_answer_of_the_kernel(fake: FakeKernel) -> None:
    fake.answers["kill"] = {"text": ["block 3 has ended", "\x1b[2J"]}
    done = run("kill", "server", "3")
    assert (done.stdout, done.exit_code) == ("block 3 has ended\n\\e[2J\n", 0)
    assert fake.asked == [{"call": "kill", "blocks": ["server", "3"], "signal": None}]


@pytest.mark.parametrize(
    ("given", "name"),
    [("TERM", "TERM"), ("SIGTERM", "TERM"), ("term", "TERM"), ("9", "KILL"), ("usr1", "USR1")],
)
def test_a_signal_has_a_name_or_a_number(given: str, name: str, fake: FakeKernel) -> None:
    fake.answers["kill"] = {"text": []}
    assert run("kill", "3", "--signal", given).exit_code == 0
    assert run("kill", "-s", given, "3").exit_code == 0
    assert [each["signal"] for each in fake.asked] == [name, name]


@pytest.mark.parametrize("wrong", ["NEVER", "0", "999", "-9", "", "SIG", "²"])
def test_an_unknown_signal_is_a_usage_error(wrong: str) -> None:
    done = run("kill", "3", f"--signal={wrong}")
    assert done.exit_code == 2
    assert "is not a signal, use for example TERM, INT, KILL or 9" in done.stderr


def test_kill_without_blocks_is_a_usage_error() -> None:
    assert run("kill").exit_code == 2


# All of these commands


@pytest.mark.parametrize("arguments", [("jobs",), ("wait", "x"), ("kill", "x")])
def test_a_refusal_of_the_kernel_is_an_error(arguments: tuple[str, ...], fake: FakeKernel) -> None:
    fake.answers[arguments[0]] = "there is no block 'x'"
    done = run(*arguments)
    assert (done.stdout, done.exit_code) == ("", 1)
    assert done.stderr == "Error: there is no block 'x'\n"


@pytest.mark.parametrize("arguments", [("jobs",), ("wait",), ("kill", "3")])
def test_outside_a_cell_there_are_no_jobs(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.stdout, done.exit_code) == ("", 1)
    assert "not in an EffectTalk session" in done.stderr


def test_blocks_in_the_background_are_completed(fake: FakeKernel) -> None:
    fake.answers["jobs"] = {"jobs": [SERVER, PLAIN, {**PLAIN, "block": 30}]}
    assert {*complete("wait", "")} == {"server", "3", "12", "30"}
    assert {*complete("kill", "3")} == {"3", "30"}
    assert complete("wait", "server", "se") == ["server"]
    assert {*complete("kill", "3", "--signal", "T")} == {"TERM"}
    fake.answers["jobs"] = "no"
    assert complete("wait", "") == []


def test_outside_a_cell_nothing_is_completed() -> None:
    assert complete("wait", "") == []


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
def test_doctor_in_a_cell_reports_the_resources_of_the_kernel(fake: FakeKernel) -> None:
    fake.answers["resources"] = FEW
    assert doctor_checks()["session"] == {
        "check": "session",
        "ok": True,
        "text": "31 of 1024 descriptors, 3 of 4096 terminals, 2 processes, 1 thread, 1 block in"
        " the background, 2 spills of 2.5 MB, 7 runtime files of 120 B",
    }


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("used", "remedy"),
    [
        ({"descriptors": 900}, "ulimit -n"),
        ({"terminals": 4000}, "kernel.pty.max"),
    ],
)
def test_doctor_fails_when_resources_are_nearly_used_up(
    used: dict[str, int], remedy: str, fake: FakeKernel
) -> None:
    fake.answers["resources"] = {**FEW, **used}
    found = doctor_checks()["session"]
    assert not found["ok"]
    assert "effecttalk kill" in found["text"]
    assert remedy in found["text"]


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("limits", [{"most_descriptors": -1}, {"most_terminals": None}])
def test_doctor_reports_no_limit_where_there_is_none(
    limits: dict[str, Any], fake: FakeKernel
) -> None:
    fake.answers["resources"] = {**FEW, "descriptors": 5000, "most_descriptors": 10_000, **limits}
    assert doctor_checks()["session"]["ok"]


@pytest.mark.usefixtures("data")
def test_doctor_fails_if_the_kernel_refuses(fake: FakeKernel) -> None:
    fake.answers["resources"] = "unknown call 'resources': use one of undo"
    found = doctor_checks()["session"]
    assert not found["ok"]
    assert found["text"].endswith("use one of undo; restart the kernel")


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("arrange", [lambda _: None, lambda patch: patch.setenv(SOCKET, "")])
def test_doctor_outside_a_cell_does_not_check_a_session(
    arrange: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrange(monkeypatch)
    assert "session" not in doctor_checks()
