"""How blocks run by their options: for how long, and with what end they have succeeded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.support.notebook import Notebook, eventually

Start = Callable[..., Notebook]


def test_a_block_that_takes_too_long_is_ended_and_its_output_kept(kernel: Notebook) -> None:
    kernel.run("here=1")
    cell = kernel.run("#| timeout: 300ms\necho before; sleep 60; echo after")
    assert (cell.record.status, cell.stdout) == (Status.TIMED_OUT, "before\n")
    assert cell.reply["ename"] == "timed out"
    assert cell.evalue == "timed out after 0.3 s (SIGINT, exit status 130)"
    assert cell.record.volatile.duration_seconds < 5
    assert kernel.run("echo $here").stdout == "1\n"


def test_a_block_in_time_is_left_alone(kernel: Notebook) -> None:
    cell = kernel.run("#| timeout: 10s\necho fine")
    assert (cell.record.status, cell.stdout) == (Status.SUCCESS, "fine\n")


@pytest.mark.parametrize(
    "started",
    ["sleep 4567 &", "sleep 4567 >/dev/null 2>&1 &", "(sleep 4567 & sleep 4567) &"],
)
def test_all_that_a_block_has_started_is_ended(
    kernel: Notebook, tmp_path: Path, started: str
) -> None:
    kernel.run("sleep 100 & other=$!")
    cell = kernel.run(f"#| timeout: 300ms\n{started} echo $! > {tmp_path}/pid; sleep 4567")
    assert cell.record.status is Status.TIMED_OUT
    pid = (tmp_path / "pid").read_text().strip()
    eventually(lambda: not Path(f"/proc/{pid}/cwd").exists(), "the end of what it has started")
    assert kernel.run("kill -0 $other && echo lives").stdout == "lives\n"
    kernel.run("kill $other")


def test_a_program_that_is_deaf_is_killed(start: Start) -> None:
    kernel = start(EFFECTTALK_INTERRUPT_GRACE_SECONDS="0.2")
    cell = kernel.run("#| timeout: 200ms\nbash -c 'trap : INT TERM; while :; do sleep 9; done'")
    assert cell.record.status is Status.TIMED_OUT
    assert cell.record.signals_sent[:2] == ("SIGINT", "SIGTERM")
    assert kernel.run("echo fine").stdout == "fine\n"


def test_a_block_that_waits_for_input_times_out_too(kernel: Notebook) -> None:
    cell = kernel.run("#| timeout: 400ms\nread x", allow_stdin=True)
    assert (cell.record.status, len(cell.questions)) == (Status.TIMED_OUT, 1)


def test_a_setting_limits_blocks_that_have_no_limit(start: Start) -> None:
    kernel = start(EFFECTTALK_MAX_PROCESS_TIMEOUT="300ms")
    assert kernel.run("sleep 60").record.status is Status.TIMED_OUT
    assert kernel.run("#| timeout: 20s\nsleep 0.5; echo done").stdout == "done\n"


@pytest.mark.parametrize(
    ("code", "status", "evalue"),
    [
        ("#| allow-failure: true\nfalse", "ok", ""),
        ("#| allow-failure: true\n(exit 7)", "ok", ""),
        ("#| expect-exit: [0, 1]\ngrep -q x /dev/null", "ok", ""),
        ("#| expect-exit: 3\n(exit 3)", "ok", ""),
        (
            "#| expect-exit: 3\n(exit 4)",
            "error",
            "`( exit 4 )` in line 2 gave exit status 4, expected was 3",
        ),
        (
            "#| expect-exit: [1, 2]\ntrue",
            "error",
            "the cell gave exit status 0, expected was 1 or 2",
        ),
    ],
)
def test_a_cell_says_what_a_success_is(
    kernel: Notebook, code: str, status: str, evalue: str
) -> None:
    cell = kernel.run(code)
    assert (cell.status, cell.reply.get("evalue", "")) == (status, evalue)
    assert cell.record.status is (Status.SUCCESS if status == "ok" else Status.FAILED)


def test_the_record_has_the_true_status(kernel: Notebook) -> None:
    assert kernel.run("#| allow-failure: true\n(exit 7)").record.exit_status == 7
    assert kernel.run("echo $?").stdout == "7\n"


def test_an_interrupt_is_no_success(kernel: Notebook) -> None:
    cell = kernel.run("#| allow-failure: true\necho on; sleep 60", after_text="on")
    assert cell.record.status is Status.INTERRUPTED


@pytest.mark.parametrize("options", ["timeout: never", "expect-exit: x", "allow-fail: true"])
def test_a_wrong_option_fails_the_cell_before_it_runs(kernel: Notebook, options: str) -> None:
    cell = kernel.run(f"#| {options}\necho ran")
    assert (cell.status, cell.stdout, cell.reply["ename"]) == ("error", "", "OptionError")


# Tried again, and what stands in.


def test_a_block_is_tried_again_until_it_succeeds(fresh: Notebook) -> None:
    cell = fresh.run(
        "#| retry: {attempts: 5, base_delay: 10ms}\nn=$((n + 1)); echo try $n; [ $n = 3 ]"
    )
    assert cell.status == "ok"
    assert cell.stdout == "try 1\ntry 2\ntry 3\n"
    assert cell.stderr == (
        "effecttalk: attempt 2 of 5, after exit status 1\n"
        "effecttalk: attempt 3 of 5, after exit status 1\n"
    )
    last = {record.number: record for record in cell.records}
    assert [(r.part, r.status) for r in last.values()] == [
        (None, Status.FAILED),
        (2, Status.FAILED),
        (3, Status.SUCCESS),
    ]
    assert fresh.run("echo $n").stdout == "3\n"


def test_a_block_that_fails_in_the_end_gives_its_last_error(kernel: Notebook) -> None:
    cell = kernel.run("#| retry: {attempts: 2, base_delay: 10ms}\n(exit 7)")
    assert (cell.status, cell.reply["ename"]) == ("error", "exit status 7")
    assert len(cell.errors) == 1
    assert {record.part for record in cell.records} == {None, 2}


def test_only_some_exit_statuses_are_tried_again(kernel: Notebook) -> None:
    cell = kernel.run(
        "#| retry: {attempts: 5, base_delay: 10ms, exit: [6, 7]}\necho once; (exit 3)"
    )
    assert cell.stdout == "once\n"


def test_every_attempt_has_its_own_timeout(kernel: Notebook) -> None:
    cell = kernel.run(
        "#| timeout: 200ms\n#| retry: {attempts: 2, base_delay: 10ms}\necho try; sleep 60"
    )
    assert (cell.stdout, cell.record.status) == ("try\ntry\n", Status.TIMED_OUT)
    assert "attempt 2 of 2, after timed out after 0.2 s" in cell.stderr


def test_a_fallback_stands_in_for_what_failed_in_the_end(kernel: Notebook) -> None:
    cell = kernel.run(
        "#| retry: {attempts: 2, base_delay: 10ms}\n#| fallback: echo cached\ncat /nowhere"
    )
    assert (cell.status, cell.stdout) == ("ok", "cached\n")
    assert "effecttalk: fallback, after exit status 1\n" in cell.stderr
    assert (cell.record.part, cell.record.fallback) == (3, True)
    assert not kernel.run("#| fallback: echo no\necho yes").record.fallback


def test_a_fallback_that_fails_is_the_error(kernel: Notebook) -> None:
    cell = kernel.run("#| fallback: (exit 9)\nfalse")
    assert cell.reply["ename"] == "exit status 9"


@pytest.mark.parametrize("after", ["try", "pause"])
def test_an_interrupt_ends_the_block_or_the_pause_and_all_attempts(
    kernel: Notebook, after: str
) -> None:
    code = "#| retry: {attempts: 9, base_delay: 60s}\n#| fallback: echo no\necho try; "
    code += "sleep 60" if after == "try" else "false"
    ended = lambda cell: cell.records and cell.record.status is Status.FAILED  # noqa: E731
    when = (lambda cell: "try" in cell.stdout) if after == "try" else ended
    cell = kernel.run(code, interrupt_when=when)
    assert (cell.status, cell.stdout) == ("error", "try\n")
    assert "interrupted" in cell.evalue
    assert kernel.run("echo fine").stdout == "fine\n"


def test_settings_say_how_often_where_the_cell_does_not(start: Start) -> None:
    kernel = start(
        EFFECTTALK_ERROR_RETRY_MAX_ATTEMPTS="2", EFFECTTALK_ERROR_RETRY_BASE_DELAY="10ms"
    )
    assert kernel.run("#| retry: true\necho try; false").stdout == "try\ntry\n"
    assert kernel.run("#| retry: 3\necho try; false").stdout == "try\ntry\ntry\n"


# One stream of output.

MIXED = "for i in $(seq 200); do echo out $i; echo err $i >&2; done"
IN_ORDER = "".join(f"out {i}\nerr {i}\n" for i in range(1, 201))


def test_merged_streams_keep_their_exact_order(kernel: Notebook) -> None:
    cell = kernel.run(f"#| stderr: merged\n{MIXED}")
    assert (cell.stdout, cell.stderr) == (IN_ORDER, "")
    assert (cell.record.merged, cell.record.stdout.lines) == (True, 400)


def test_both_are_terminals_and_only_for_that_block(kernel: Notebook) -> None:
    assert kernel.run("#| stderr: merged\n[ -t 1 ] && [ -t 2 ] && tty <&2").status == "ok"
    assert kernel.run("echo apart >&2").stderr == "apart\n"


def test_the_shells_notices_are_taken_out_of_merged_output_too(kernel: Notebook) -> None:
    kernel.run("sleep 0.05 & wait_for=$!")
    kernel.run("while kill -0 $wait_for 2>/dev/null; do :; done")
    assert kernel.run("#| stderr: merged\necho fine").stdout == "fine\n"


def test_a_setting_merges_the_streams_of_all_blocks(start: Start) -> None:
    kernel = start(EFFECTTALK_STDERR="merged")
    assert kernel.run("echo err >&2").stdout == "err\n"
    assert kernel.run("#| stderr: split\necho err >&2").stderr == "err\n"


# Blocks that build on others.


def test_a_later_block_reads_what_a_named_one_has_written(kernel: Notebook) -> None:
    cell = kernel.run("#| name: fetch\nprintf 'a\\0b\\xff\\n'; echo noise >&2; (exit 3)")
    assert cell.record.name == "fetch"
    found = kernel.run(
        "od -An -tx1 $ET_OUT_fetch; echo status $ET_STATUS_fetch; stat -c %a $ET_OUT_fetch"
    )
    assert found.stdout == " 61 00 62 ff 0a\nstatus 3\n600\n"


def test_the_last_block_of_a_name_counts(kernel: Notebook) -> None:
    for word in ("one", "two"):
        kernel.run(f"#| name: word\necho {word}")
    assert kernel.run("cat $ET_OUT_word").stdout == "two\n"


def test_a_named_output_is_whole_however_large(fresh: Notebook) -> None:
    fresh.run("#| name: large\nseq 500000")
    assert fresh.run("seq 500000 | cmp - $ET_OUT_large && echo same").stdout == "same\n"


def test_a_secret_in_a_named_output_is_what_it_was(fresh: Notebook) -> None:
    fresh.run("API_TOKEN=hunter2hunter2")
    fresh.run("#| name: login\necho $API_TOKEN")
    assert fresh.run("[ $(cat $ET_OUT_login) = $API_TOKEN ] && echo same").stdout == "same\n"


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        ("true", "needs: no block named 'base' has run in this session"),
        ("#| name: base\n(exit 4)", "needs: 'base' has not succeeded (block 1: failed)"),
        (
            "#| name: base\n#| timeout: 100ms\nsleep 9",
            "'base' has not succeeded (block 1: timed out)",
        ),
    ],
)
def test_what_a_block_needs_is_to_have_succeeded(fresh: Notebook, first: str, problem: str) -> None:
    fresh.run(first)
    cell = fresh.run("#| needs: base\necho ran")
    assert (cell.stdout, problem in cell.evalue) == ("", True), cell.evalue
    fresh.run("#| name: base\n#| expect-exit: 3\n(exit 3)")
    assert fresh.run("#| needs: [base]\necho ran").stdout == "ran\n"


def test_a_fallback_has_the_name_of_what_it_stands_in_for(fresh: Notebook) -> None:
    fresh.run("#| name: data\n#| fallback: echo cached\necho partial; false")
    assert fresh.run("#| needs: data\ncat $ET_OUT_data").stdout == "cached\n"


def test_names_make_no_step_for_undo(fresh: Notebook) -> None:
    for code in ("x=1", "x=2", "#| name: it\necho it", "echo other"):
        fresh.run(code)
    fresh.run("effecttalk undo")
    assert fresh.run("echo $x $(cat $ET_OUT_it)").stdout == "1 it\n"


# A directory and variables for one block.


def test_a_directory_is_that_of_one_block(fresh: Notebook) -> None:
    fresh.run("mkdir -p deep/down; cd /tmp; cd ~/deep")
    cell = fresh.run("#| cwd: down\npwd; cd /; pwd")
    assert cell.stdout.endswith("/deep/down\n/\n")
    assert cell.record.cwd.before.endswith("/deep/down")
    assert fresh.run("pwd; echo $OLDPWD").stdout.endswith("/deep\n/tmp\n")


@pytest.mark.parametrize(
    "how", ["false", "exit 3", "sleep 60", "set -e; false", "return 2>/dev/null"]
)
def test_the_sessions_directory_stays_however_the_block_ends(fresh: Notebook, how: str) -> None:
    fresh.run("cd /usr; export LENT=mine")
    fresh.run(f"#| cwd: /tmp\n#| env: {{LENT: theirs}}\n#| timeout: 400ms\n{how}")
    assert fresh.run("pwd; declare -p LENT").stdout == '/usr\ndeclare -x LENT="mine"\n'


def test_a_directory_that_is_not_there_fails_the_cell_before_it_runs(kernel: Notebook) -> None:
    cell = kernel.run("#| cwd: /nowhere\necho ran")
    assert cell.stdout == ""
    assert cell.evalue == "option 'cwd' can't be '/nowhere': there is no directory /nowhere"


def test_variables_are_those_of_one_block(fresh: Notebook) -> None:
    fresh.run("declare -i count=5; list=(a b); unset -v absent")
    cell = fresh.run(
        '#| env: {count: 7, list: one, absent: "it\'s $HOME"}\n'
        "env | grep -E '^(count|list|absent)=' | sort; absent=changed"
    )
    assert cell.stdout == "absent=it's $HOME\ncount=7\nlist=one\n"
    found = fresh.run("declare -p count list; declare -p absent")
    assert found.stdout == 'declare -i count="5"\ndeclare -a list=([0]="a" [1]="b")\n'
    assert "absent: not found" in found.stderr


# The first command that fails.


def test_a_strict_block_ends_with_the_first_failure_and_the_session_goes_on(
    fresh: Notebook,
) -> None:
    fresh.run("f() { echo f; }; x=1")
    cell = fresh.run("#| errexit: true\nx=2; false || echo asked; false; echo after")
    assert (cell.stdout, cell.record.exit_status) == ("asked\n", 1)
    assert cell.evalue == "`false` in line 2 gave exit status 1"
    assert fresh.run("false; echo $x; f; [[ -o errexit ]] || echo off").stdout == "2\nf\noff\n"


def test_a_strict_block_that_succeeds_leaves_no_trace(fresh: Notebook) -> None:
    before = fresh.run("echo $-").stdout
    assert fresh.run("#| errexit: true\nset -o | grep errexit").stdout.split() == ["errexit", "on"]
    assert fresh.run("echo $-").stdout == before
    assert fresh.run("false; echo on").stdout == "on\n"
