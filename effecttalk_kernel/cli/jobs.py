"""`effecttalk jobs`, `wait` and `kill`: the blocks in the background of this session."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

import click

from effecttalk_kernel.block import GOOD
from effecttalk_kernel.cli.columns import Column, Kind
from effecttalk_kernel.cli.completers import JOB
from effecttalk_kernel.cli.kernel_call import call_kernel
from effecttalk_kernel.cli.param_types import DURATION, SIGNAL
from effecttalk_kernel.cli.records import Record
from effecttalk_kernel.cli.tables import as_json_option, print_json, print_records
from effecttalk_kernel.cli.text_format import escape, format_iso
from effecttalk_kernel.rpc.wire import NoAnswerError

JOB_COLUMNS: Final = (
    Column("block", "block", Kind.NAME),
    Column("name", "name", Kind.NAME),
    Column("status", "status", Kind.STATUS),
    Column("started", "started", Kind.TIME, min_width=70),
    Column("processes", "processes"),
    Column("command", "command"),
)
ENDED_COLUMNS: Final = (
    Column("block", "block", Kind.NAME),
    Column("name", "name", Kind.NAME),
    Column("status", "status", Kind.STATUS),
    Column("exit_status", "exit", Kind.NUMBER),
    Column("signal", "signal", Kind.NAME),
    Column("problem", "problem"),
)
NO_JOBS: Final = "no blocks of this session run in the background"
# As of timeout(1).
TIMEOUT_STATUS: Final = 124
# Even with `--timeout 0`, the kernel needs time to answer which blocks have ended.
MIN_SECONDS: Final = 0.5


@click.command()
@as_json_option
def jobs(*, as_json: bool) -> None:
    """List blocks that run in the background.

    These are blocks with the option `background: true`, and blocks that have ended but left
    processes running. Their output still appears in their cells.
    """
    records = [
        {**each, "started": format_iso(each["started"])}
        for each in _read_records(call_kernel("jobs"), "jobs")
    ]
    if as_json:
        print_json(records)
        return
    shown = [{**each, "processes": _describe_processes(each["processes"])} for each in records]
    print_records(shown, JOB_COLUMNS, as_json=False, empty_message=NO_JOBS)


@click.command()
@click.argument("blocks", type=JOB, nargs=-1, metavar="[BLOCK]...")
@click.option("--timeout", type=DURATION, metavar="TIME", help="Wait at most that long: 30s, 5m.")
@as_json_option
def wait(blocks: Sequence[str], timeout: float | None, *, as_json: bool) -> None:
    """Wait until blocks in the background have ended.

    BLOCK is the number or the name of a block of this session. Without it, wait for all blocks that
    run in the background now. The exit status is 0 if all succeeded, otherwise that of the last
    block that failed, or 124 if the timeout expired first.
    """
    seconds = None if timeout is None else max(timeout, MIN_SECONDS)
    try:
        answer = call_kernel("wait", timeout_seconds=seconds, blocks=[*blocks])
    except NoAnswerError:
        click.ClickException(_timeout_message(blocks, timeout or 0)).show()
        sys.exit(TIMEOUT_STATUS)
    except KeyboardInterrupt:
        _end_by_sigint()
    ended = _read_records(answer, "blocks")
    print_records(ended, ENDED_COLUMNS, as_json=as_json, empty_message=NO_JOBS)
    failed = [each for each in ended if each["status"] not in GOOD]
    # A block without an exit status has failed, too.
    sys.exit((failed[-1]["exit_status"] or 1) if failed else 0)


@click.command()
@click.argument("blocks", type=JOB, nargs=-1, required=True, metavar="BLOCK...")
@click.option(
    "-s",
    "--signal",
    "signal_name",
    type=SIGNAL,
    metavar="SIGNAL",
    help="Send only this signal: TERM, INT, KILL, 9.",
)
def kill(blocks: Sequence[str], signal_name: str | None) -> None:
    """End the processes of blocks in the background.

    BLOCK is the number or the name of a block of this session. Its processes get SIGTERM, and
    SIGKILL if they still run after `interrupt_grace_seconds`.
    """
    # Without a timeout: each block may take as long as `interrupt_grace_seconds`.
    call_kernel("kill", timeout_seconds=None, blocks=[*blocks], signal=signal_name)


def _read_records(answer: Mapping[str, object], name: str) -> Sequence[Record]:
    records = answer.get(name)
    return records if isinstance(records, list) else ()


def _describe_processes(processes: Sequence[Record]) -> str:
    return ", ".join(f"{each['pid']} {escape(each['command'])}" for each in processes)


def _timeout_message(blocks: Sequence[str], seconds: float) -> str:
    names = ", ".join(map(escape, blocks))
    which = f"not all of {names} have" if len(blocks) > 1 else f"block {names} has not"
    if not blocks:
        which = "not all blocks in the background have"
    return f"{which} ended within {seconds:g} s: see `effecttalk jobs`"


def _end_by_sigint() -> NoReturn:
    """End by SIGINT: after any other exit, bash runs the rest of the cell."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    raise AssertionError("SIGINT ends the process")
