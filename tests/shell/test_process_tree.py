"""Finding and ending the processes of a session, with real processes."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.proc import descendants, name, state
from effecttalk_kernel.shell.process_tree import (
    Sessions,
    end_processes,
    find_groups_on,
    find_members,
    is_detached,
    is_group_stopped,
)
from tests.support.notebook import eventually

Script = Callable[[str], tuple[int, list[int]]]


@pytest.fixture
def leader() -> Iterator[Script]:
    """Start a session whose leader runs a script, and read the process ids it prints."""
    started: list[subprocess.Popen[str]] = []

    def run(script: str) -> tuple[int, list[int]]:
        shell = subprocess.Popen(
            ["bash", "-c", f"{script}\necho\nread -r"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(shell)
        assert shell.stdout is not None
        pids = [int(line) for line in iter(shell.stdout.readline, "\n")]
        kept.extend(pids)
        return shell.pid, pids

    kept: list[int] = []
    yield run
    for pid in kept:
        subprocess.run(["kill", "-KILL", str(pid)], capture_output=True, check=False)
    for shell in started:
        shell.kill()
        shell.communicate()


QUIET = ">/dev/null 2>&1 </dev/null"


def test_the_members_of_a_session_are_its_leader_and_what_it_started(leader: Script) -> None:
    shell, pids = leader(f"sleep 60 {QUIET} & echo $!; set -m; sleep 60 {QUIET} & echo $!")
    assert sorted(find_members([shell])) == sorted([shell, *pids])


def test_a_child_with_its_own_session_is_not_a_member(leader: Script) -> None:
    shell, pids = leader(
        f"{{ setsid bash -c 'echo $$; exec sleep 60 {QUIET}' & }} | {{ read -r p; echo $p; }}"
    )
    assert len(pids) == 1
    assert find_members([shell]) == [shell]


def test_a_grandchild_whose_parent_has_ended_is_a_member(leader: Script) -> None:
    shell, pids = leader(f"(sleep 60 {QUIET} & echo $!)")
    assert sorted(find_members([shell])) == sorted([shell, *pids])


def test_a_process_that_has_ended_is_not_a_member(leader: Script) -> None:
    """Even if its parent has not reaped it yet."""
    shell, (zombie,) = leader(f"exec 3< <(exec sleep 60 {QUIET}); echo $!")
    os.kill(zombie, signal.SIGKILL)
    asyncio.run(end_processes([zombie]))
    assert find_members([shell]) == [shell]


def test_the_members_of_several_sessions_are_found_at_once(leader: Script) -> None:
    first, _ = leader("")
    second, _ = leader("")
    assert sorted(find_members([first, second])) == sorted([first, second])


def test_no_session_has_no_members() -> None:
    assert find_members([]) == []


def test_a_session_is_known_as_long_as_it_has_a_process(leader: Script) -> None:
    with_job, _ = leader(f"set -m; sleep 60 {QUIET} & echo $!")
    without_job, _ = leader("")
    sessions = Sessions()
    for shell in (with_job, without_job):
        sessions.add(shell)
        os.kill(shell, signal.SIGKILL)
        os.waitid(os.P_PID, shell, os.WEXITED | os.WNOWAIT)
    assert [*sessions] == [with_job, without_job]
    for shell in (with_job, without_job):
        os.waitpid(shell, 0)
    other, _ = leader("")
    sessions.add(other)
    assert [*sessions] == [with_job, other]


def test_a_session_is_not_one_of_another_process_with_its_number(
    leader: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, _ = leader("")
    sessions = Sessions()
    sessions.add(shell)
    assert [*sessions] == [shell]
    started = proc.start_time(shell)
    monkeypatch.setattr(proc, "start_time", lambda _: started + 1)
    assert [*sessions] == []


def test_a_job_of_the_shell_is_not_detached(leader: Script) -> None:
    shell, (job,) = leader(f"set -m; sleep 60 {QUIET} & echo $!")
    assert not is_detached(job, shell, frozenset([job]))


def test_a_group_that_is_not_a_job_any_more_was_disowned(leader: Script) -> None:
    shell, (job,) = leader(f"set -m; sleep 60 {QUIET} & echo $!; disown")
    assert is_detached(job, shell, frozenset())


def test_a_process_under_nohup_is_detached_though_it_is_a_job(leader: Script) -> None:
    shell, (job,) = leader(f"set -m; trap '' HUP; sleep 60 {QUIET} & echo $!; trap - HUP")
    assert is_detached(job, shell, frozenset([job]))


def test_nohup_itself_detaches(leader: Script) -> None:
    nohup = "nohup bash -c 'echo $$; exec sleep 60 >/dev/null' 2>/dev/null </dev/null"
    shell, (job,) = leader(f"{{ {nohup} & }} | {{ read -r p; echo $p; }}")
    assert is_detached(job, shell, frozenset([job]))


def test_a_child_in_the_shells_own_group_is_not_detached(leader: Script) -> None:
    shell, (child,) = leader(f"sleep 60 {QUIET} & echo $!")
    assert not is_detached(child, shell, frozenset())


def test_a_dead_process_is_not_detached() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert not is_detached(gone.pid, 1, frozenset())


def test_processes_are_ended(leader: Script) -> None:
    shell, pids = leader(f"sleep 60 {QUIET} & echo $!; sleep 60 {QUIET} & echo $!")
    asyncio.run(end_processes(pids))
    assert find_members([shell]) == [shell]


def test_a_stopped_process_is_ended(leader: Script) -> None:
    shell, (pid,) = leader(f"sleep 60 {QUIET} & echo $!; kill -STOP $!")
    asyncio.run(end_processes([pid]))
    assert find_members([shell]) == [shell]


def test_a_process_that_ignores_other_signals_is_killed(leader: Script) -> None:
    deaf = "trap '' HUP TERM INT"
    shell, (pid,) = leader(f"{deaf}; sleep 60 {QUIET} & echo $!; trap - HUP TERM INT")
    asyncio.run(end_processes([pid]))
    assert find_members([shell]) == [shell]


def test_ending_a_dead_process_is_harmless() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    asyncio.run(end_processes([gone.pid]))


def test_a_job_is_stopped_when_all_its_processes_are() -> None:
    command = "sleep 60 & exec sleep 60"
    with subprocess.Popen(["sh", "-c", command], process_group=0) as job:
        eventually(lambda: [*descendants(job.pid)] and name(job.pid) == "sleep", "the processes")
        child = next(descendants(job.pid))
        try:
            assert not is_group_stopped(os.getpid(), job.pid)
            os.kill(child, signal.SIGSTOP)
            eventually(lambda: state(child) == "T", "a stop")
            assert not is_group_stopped(os.getpid(), job.pid)
            os.killpg(job.pid, signal.SIGSTOP)
            eventually(lambda: is_group_stopped(os.getpid(), job.pid), "a stop")
        finally:
            os.killpg(job.pid, signal.SIGKILL)


def test_a_job_whose_leader_has_ended_may_be_stopped() -> None:
    with (
        subprocess.Popen(["true"], process_group=0) as leader,
        subprocess.Popen(["sleep", "60"], process_group=leader.pid) as member,
    ):
        eventually(lambda: state(leader.pid) == "Z", "the end of the leader")
        assert not is_group_stopped(os.getpid(), leader.pid)
        member.send_signal(signal.SIGSTOP)
        eventually(lambda: is_group_stopped(os.getpid(), leader.pid), "a stop")
        member.kill()
    assert not is_group_stopped(os.getpid(), leader.pid)


def test_the_jobs_that_use_a_file_are_found(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with (
        file.open() as opened,
        subprocess.Popen(["sleep", "60"], process_group=0, stdin=opened) as job,
    ):
        assert find_groups_on(os.getpid(), [str(file)]) == {job.pid}
        assert find_groups_on(os.getpid(), ["/other"]) == set()
        job.kill()
