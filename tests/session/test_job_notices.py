"""Job notices: which of them a cell shows."""

import pytest

from effecttalk_kernel.session.job_notices import JobNoticeFilter, find_notices, waits_for_jobs
from effecttalk_kernel.shell.dialects.bash import LAUNCHED, Job

JOBS = (
    Job(1, 100, b"sleep 9"),
    Job(2, 200, b"for x in a b;\ndo\n    sleep 1;\ndone"),
    Job(3, 300, LAUNCHED),
)
DONE = b"[1]+  Done                    sleep 9\n"
LOOP = b"[2]   Exit 3                  for x in a b;\ndo\n    sleep 1;\ndone\n"
BLOCK = b"[3]-  Done                    " + LAUNCHED + b"\n"


@pytest.mark.parametrize(
    ("written", "notices"),
    [
        (b"$ ", b""),
        (b"$ " + DONE + b"$ ", DONE),
        (
            b"$ \n[1]+  Stopped                 sleep 9\n$ ",
            b"[1]+  Stopped                 sleep 9\n",
        ),
        (LOOP + b"text\n" + DONE, LOOP + DONE),
        (DONE.replace(b"\n", b"\r\n"), DONE),
        (
            b"[1]+  Done                    sleep 9  (wd: /tmp)\n(wd now: /)\n$ ",
            b"[1]+  Done                    sleep 9  (wd: /tmp)\n(wd now: /)\n",
        ),
        (BLOCK, b""),
        (b"[1]+  Running                 sleep 9 &\n", b""),
        (b"[4]+  Done                    sleep 9\n", b""),
    ],
)
def test_notices_are_found_among_prompts(written: bytes, notices: bytes) -> None:
    assert find_notices(written, JOBS) == notices


def test_without_jobs_there_are_no_notices() -> None:
    assert find_notices(DONE, ()) == b""


def feed(*pieces: bytes) -> bytes:
    notices = JobNoticeFilter()
    return b"".join([*(notices.feed(piece) for piece in pieces), notices.flush()])


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
def test_notices_about_blocks_are_removed_wherever_they_are_cut(size: int) -> None:
    written = b"a\n" + BLOCK + DONE + BLOCK + b"[x\n[3" + b"\n" + LOOP
    pieces = [written[at : at + size] for at in range(0, len(written), size)]
    assert feed(*pieces) == b"a\n" + DONE + b"[x\n[3" + b"\n" + LOOP


@pytest.mark.parametrize("size", [1, 2, 7, 30, 1_000])
def test_the_directory_after_a_removed_notice_is_removed_wherever_it_is_cut(size: int) -> None:
    notice = BLOCK[:-1] + b"  (wd: /tmp)\n(wd now: /)\n"
    written = b"a\n" + notice + b"(b)\n" + notice + BLOCK + b"(wd"
    pieces = [written[at : at + size] for at in range(0, len(written), size)]
    assert feed(*pieces) == b"a\n(b)\n(wd"
    assert feed(b"(wd now: /)\n") == b"(wd now: /)\n"


@pytest.mark.parametrize("size", [1, 2, 1_000])
def test_an_empty_line_before_a_notice_is_removed(size: int) -> None:
    stopped = b"[1]+  Stopped                 sleep 9\n"
    written = b"a\n\n" + stopped + b"\n\nb\n\n[x]\n"
    pieces = [written[at : at + size] for at in range(0, len(written), size)]
    assert feed(*pieces) == b"a\n" + stopped + b"\n\nb\n\n[x]\n"
    assert feed(b"\n" + stopped) == stopped
    assert feed(b"a", b"\n" + stopped) == b"a\n" + stopped


def test_that_a_running_job_is_done_is_removed() -> None:
    notices = JobNoticeFilter(JOBS)
    killed = b"[1]+  Killed                  sleep 9\n"
    assert notices.feed(b"a\n" + DONE + b"b\n" + killed + LOOP) == b"a\nb\n" + killed + LOOP
    assert feed(DONE) == DONE


@pytest.mark.parametrize(("code", "waits"), [("wait", True), ("fg %2", True), ("waiting", False)])
def test_a_block_that_waits_for_jobs_is_recognized(code: str, waits: bool) -> None:
    assert waits_for_jobs(code) is waits


def test_a_line_end_is_not_held_back() -> None:
    assert JobNoticeFilter().feed(b"a\n") == b"a\n"


def test_what_only_begins_like_a_notice_is_shown_at_the_end() -> None:
    assert feed(b"[3]-  Done ") == b"[3]-  Done "


def test_a_prompt_is_not_held_back() -> None:
    assert JobNoticeFilter().feed(b"name? ") == b"name? "
