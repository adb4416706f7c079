"""`effecttalk jobs`, `wait` and `kill`: the blocks in the background of this session."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import click

from effecttalk_kernel.block import GOOD
from effecttalk_kernel.cli.columns import Column, Kind
from effecttalk_kernel.cli.completers import JOB
from effecttalk_kernel.cli.kernel_call import call_kernel
from effecttalk_kernel.cli.param_types import DURATION, SIGNAL
from effecttalk_kernel.cli.tables import as_json_option, print_json, print_records
from effecttalk_kernel.cli.text_format import escape, format_iso
from effecttalk_kernel.rpc.wire import NoAnswerError

JOBS: Final = (
    Column("block", "block", Kind.NAME),
    Column("name", "name", Kind.NAME),
    Column("status", "status", Kind.STATUS),
    Column("started", "started", Kind.TIME, least_width=70),
    Column("processes", "processes"),
    Column("command", "command"),
)
ENDED: Final = (
    Column("block", "block", Kind.NAME),
    Column("name", "name", Kind.NAME),
    Column("status", "status", Kind.STATUS),
    Column("exit_status", "exit", Kind.NUMBER),
    Column("signal", "signal", Kind.NAME),
    Column("problem", "problem"),
)
NO_JOBS: Final = "no blocks of this session run in the background"
# As of timeout(1).
TIMED_OUT: Final = 124
# Even with `--timeout 0`, the kernel needs time to answer which blocks have ended.
LEAST_SECONDS: Final = 0.5

Record = Mapping[str, Any]


@click.command()
@as_json_option
def jobs(*, as_json: bool) -> None:
    """List blocks that run in the background.

    These are blocks with the option `background: true`, and blocks that have ended but left
    processes running. Their output still appears in their cells.
    """
    records = [
        {**each, "started": format_iso(each["started"])}
        for each in _records(call_kernel("jobs"), "jobs")
    ]
    if as_json:
        print_json(records)
        return
    shown = [{**each, "processes": _describe_processes(each["processes"])} for each in records]
    print_records(shown, JOBS, as_json=False, nothing=NO_JOBS)


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
    seconds = None if timeout is None else max(timeout, LEAST_SECONDS)
    try:
        answer = call_kernel("wait", timeout_seconds=seconds, blocks=[*blocks])
    except NoAnswerError:
        click.ClickException(_still_running(blocks, timeout or 0)).show()
        sys.exit(TIMED_OUT)
    except KeyboardInterrupt:
        _end_interrupted()
    ended = _records(answer, "blocks")
    print_records(ended, ENDED, as_json=as_json, nothing=NO_JOBS)
    failed = [each for each in ended if each["status"] not in GOOD]
    # A block without an exit status has failed, too.
    sys.exit((failed[-1]["exit_status"] or 1) if failed else 0)


@click.command()
@click.argument("blocks", type=JOB, nargs=-1, required=True, metavar="BLOCK...")
@click.option(
    "-s",
    "--signal",
    "chosen",
    type=SIGNAL,
    metavar="SIGNAL",
    help="Send only this signal: TERM, INT, KILL, 9.",
)
def kill(blocks: Sequence[str], chosen: str | None) -> None:
    """End the processes of blocks in the background.

    BLOCK is the number or the name of a block of this session. Its processes get SIGTERM, and
    SIGKILL if they still run after `interrupt_grace_seconds`.
    """
    # Without a timeout: each block may take as long as `interrupt_grace_seconds`.
    call_kernel("kill", timeout_seconds=None, blocks=[*blocks], signal=chosen)


def _records(answer: Mapping[str, object], name: str) -> Sequence[Record]:
    records = answer.get(name)
    return records if isinstance(records, list) else ()


def _describe_processes(processes: Sequence[Record]) -> str:
    return ", ".join(f"{each['pid']} {escape(each['command'])}" for each in processes)


def _still_running(blocks: Sequence[str], seconds: float) -> str:
    names = ", ".join(map(escape, blocks))
    which = f"not all of {names} have" if len(blocks) > 1 else f"block {names} has not"
    if not blocks:
        which = "not all blocks in the background have"
    return f"{which} ended within {seconds:g} s: see `effecttalk jobs`"


def _end_interrupted() -> NoReturn:
    """End by SIGINT: after any other exit, bash runs the rest of the cell."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    raise AssertionError("SIGINT ends the process")
