"""What bash tells of jobs comes where a terminal would show it, or with the next block."""

import re
from collections.abc import Callable

import psutil
import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Notebook, eventually

Start = Callable[..., Notebook]


def launch(kernel: Notebook, command: str) -> int:
    """Start a job and return its process."""
    return int(re.findall(r"\[\d+\] (\d+)\n", kernel.run(command).stderr)[-1])


def wait_for_end(pid: int) -> None:
    """Wait until the shell knows that a job has ended."""
    eventually(lambda: not psutil.pid_exists(pid), f"the end of {pid}")


def test_a_job_that_ends_between_two_blocks_is_told_of_after_the_next_one(
    kernel: Notebook,
) -> None:
    wait_for_end(launch(kernel, "sleep 0.2 &"))
    cell = kernel.run("echo a")
    assert (cell.stdout, cell.stderr) == ("a\n", "[1]+  Done                    sleep 0.2\n")
    assert kernel.run("echo b").stderr == ""


@pytest.mark.parametrize(
    ("command", "notice"),
    [
        ("sleep 30 & kill $!", "[1]+  Terminated              sleep 30\n"),
        ("sleep 30 & kill -9 $!", "[1]+  Killed                  sleep 30\n"),
        ("(exit 3) &", "[1]+  Exit 3                  ( exit 3 )\n"),
        ("true & cd .", "[1]+  Done                    true\n"),
        ("cd /tmp; true & cd /", "[1]+  Done                    true  (wd: /tmp)\n(wd now: /)\n"),
        (
            "for x in a; do :; done &",
            "[1]+  Done                    for x in a;\ndo\n    :;\ndone\n",
        ),
    ],
)
def test_the_end_of_a_job_is_told_of_once(kernel: Notebook, command: str, notice: str) -> None:
    # Whether the job ends before or after its block decides in which cell.
    cell = kernel.run(command)
    wait_for_end(int(re.findall(r"\[1\] (\d+)\n", cell.stderr)[0]))
    told = re.sub(r"\[1\] \d+\n", "", cell.stderr)
    told += kernel.run("echo a").stderr + kernel.run("cd").stderr
    assert told == notice


def test_a_stopped_job_is_told_of_without_an_empty_line(fresh: Notebook) -> None:
    pid = launch(fresh, "sleep 30 &")
    cell = fresh.run("kill -STOP %1")
    eventually(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, "the stop")
    told = cell.stderr + fresh.run(":").stderr + fresh.run(":").stderr
    assert told == "[1]+  Stopped                 sleep 30\n"
    assert fresh.run("jobs").stdout == told
    told = fresh.run("kill -9 %1").stderr  # bash may tell again that it has stopped
    wait_for_end(pid)
    told += fresh.run("echo a").stderr
    assert told.endswith("[1]+  Killed                  sleep 30\n")


def test_jobs_lists_a_job_that_has_ended(kernel: Notebook) -> None:
    wait_for_end(launch(kernel, "true &  sleep 0.2"))
    wait_for_end(launch(kernel, "sleep 0.2 &"))
    cell = kernel.run("jobs")
    assert (cell.stdout, cell.stderr) == ("[1]+  Done                    sleep 0.2\n", "")


def test_a_job_is_told_of_after_the_command_during_which_it_ended(kernel: Notebook) -> None:
    cell = kernel.run("sleep 0.1 & while kill -0 $! 2>/dev/null; do :; done; /bin/true; echo a >&2")
    assert (
        re.sub(r"\d{2,}", "N", cell.stderr) == "[1] N\n[1]+  Done                    sleep 0.1\na\n"
    )


def test_that_a_job_is_done_while_another_block_runs_is_not_told(kernel: Notebook) -> None:
    launch(kernel, "(sleep 1; echo late) &")
    cell = kernel.run("while kill -0 $! 2>/dev/null; do :; done; /bin/true; echo a")
    assert (cell.stdout, cell.stderr) == ("a\n", "")


@pytest.mark.parametrize("code", ["/bin/echo a", "echo a"])
def test_that_a_job_was_done_before_a_block_is_told(kernel: Notebook, code: str) -> None:
    wait_for_end(launch(kernel, "sleep 0.2 &"))
    cell = kernel.run(code)
    assert (cell.stdout, cell.stderr) == ("a\n", "[1]+  Done                    sleep 0.2\n")


def test_an_earlier_job_that_a_block_kills_is_told_of(kernel: Notebook) -> None:
    launch(kernel, "sleep 30 &")
    cell = kernel.run("kill %1; wait $!; /bin/true; echo a")
    assert (cell.stdout, cell.stderr) == ("a\n", "[1]+  Terminated              sleep 30\n")


@pytest.mark.parametrize(
    ("options", "stdout", "stderr"),
    [
        ("", "a\n", "[1]+  Done                    sleep 0.2\n"),
        ("#| stderr: merged\n", "a\n[1]+  Done                    sleep 0.2\n", ""),
        ("#| tty: true\n", "a\n[1]+  Done                    sleep 0.2\n", ""),
    ],
)
def test_news_go_where_errors_go(kernel: Notebook, options: str, stdout: str, stderr: str) -> None:
    wait_for_end(launch(kernel, "sleep 0.2 &"))
    cell = kernel.run(f"{options}echo a", allow_stdin=True)
    assert (cell.stdout, cell.stderr) == (stdout, stderr)


def test_notices_that_the_idle_shell_prints_come_with_the_next_block(fresh: Notebook) -> None:
    fresh.run("set -b")
    wait_for_end(launch(fresh, "sleep 0.2 &"))
    cell = fresh.run("echo a")
    assert (cell.stdout, cell.stderr) == ("a\n", "[1]+  Done                    sleep 0.2\n")


def test_wait_and_bg_and_fg_tell_what_bash_tells(fresh: Notebook) -> None:
    kernel = fresh
    launch(kernel, "sleep 0.2 &")
    cell = kernel.run("wait; echo over")
    assert (cell.stdout, cell.stderr) == ("over\n", "[1]+  Done                    sleep 0.2\n")
    launch(kernel, "sleep 0.2 &")
    cell = kernel.run("fg", allow_stdin=True)
    assert (cell.stdout, cell.stderr) == ("sleep 0.2\n", "")
    launch(kernel, "sleep 30 &")
    kernel.run("kill -STOP %1; while [ $(jobs -s | wc -l) = 0 ]; do :; done")
    assert kernel.run("bg").stdout == "[1]+ sleep 30 &\n"
    cell = kernel.run("disown; kill $!")
    assert (cell.stdout, cell.stderr) == ("", "")


@pytest.mark.parametrize(
    "code",
    [
        "trap '(exit 3)' ERR; false; trap - ERR",
        "trap '/bin/false' USR1; kill -USR1 $$; trap - USR1",
        "f() { (exit 3); }; f",
        "(sleep 0.1 &)",
        "cat <(exit 3)",
        "/bin/false | /bin/true",
    ],
)
def test_programs_in_the_foreground_are_no_news(kernel: Notebook, code: str) -> None:
    cell = kernel.run(f"{code}; :")
    assert cell.stderr + kernel.run("echo a").stderr == ""


def test_blocks_in_the_background_are_no_news(kernel: Notebook) -> None:
    cell = kernel.run("#| background: true\nsleep 0.2")
    kernel.late(cell, lambda cell: cell.record.status is Status.SUCCESS)
    told = kernel.run("/bin/true; echo a")
    assert (told.stdout, told.stderr + kernel.run("echo b").stderr) == ("a\n", "")


def test_a_full_table_of_jobs_does_not_end_the_shell(start: Start) -> None:
    # Bash makes room for 8 jobs at a time. What it allocates is not empty by chance.
    kernel = start(MALLOC_PERTURB_="85")
    kernel.run(":")
    kernel.run("for _ in {1..8}; do (kill -STOP $BASHPID); done; shell=$$")
    assert kernel.run("jobs -p | wc -l").stdout == "8\n"
    assert kernel.run("((shell == $$))").status == "ok"
