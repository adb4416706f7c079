"""Background: `effecttalk jobs`, `wait`, `kill`: blocks of this session that still run."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import click

from effecttalk_kernel.block import GOOD
from effecttalk_kernel.cli.columns import Column, Kind
from effecttalk_kernel.cli.completers import RUNNING
from effecttalk_kernel.cli.format import iso, printable
from effecttalk_kernel.cli.kernel_call import ask
from effecttalk_kernel.cli.param_types import DURATION, SIGNAL
from effecttalk_kernel.cli.tables import as_json_option, print_json, print_records
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
NOTHING_RUNS: Final = "no block of this session runs in the background"
# As timeout(1) ends.
TIMED_OUT: Final = 124
# The kernel needs a moment to say what has ended, even when nobody wants to wait.
LEAST_SECONDS: Final = 0.5

Record = Mapping[str, Any]


@click.command()
@as_json_option
def jobs(*, as_json: bool) -> None:
    """List blocks that run in the background.

    Those are blocks whose processes outlive their own commands, and blocks with the option
    `background: true`. What they print comes to their cells.
    """
    records = [{**each, "started": iso(each["started"])} for each in _records(ask("jobs"), "jobs")]
    if as_json:
        print_json(records)
        return
    shown = [{**each, "processes": _told(each["processes"])} for each in records]
    print_records(shown, JOBS, as_json=False, nothing=NOTHING_RUNS)


@click.command()
@click.argument("blocks", type=RUNNING, nargs=-1, metavar="[BLOCK]...")
@click.option("--timeout", type=DURATION, metavar="TIME", help="Not longer than that: 30s, 5m.")
@as_json_option
def wait(blocks: Sequence[str], timeout: float | None, *, as_json: bool) -> None:
    """Wait until blocks in the background have ended.

    BLOCK is a number or a name in this session; without one, all that run in the background now
    are meant. The exit status is 0 when all have succeeded, that of the last one that has not,
    and 124 when the time was over first.
    """
    seconds = None if timeout is None else max(timeout, LEAST_SECONDS)
    try:
        answer = ask("wait", timeout_seconds=seconds, blocks=[*blocks])
    except NoAnswerError:
        click.ClickException(_still_running(blocks, timeout or 0)).show()
        sys.exit(TIMED_OUT)
    except KeyboardInterrupt:
        _end_interrupted()
    ended = _records(answer, "blocks")
    print_records(ended, ENDED, as_json=as_json, nothing=NOTHING_RUNS)
    failed = [each for each in ended if each["status"] not in GOOD]
    # What has no exit status of its own is a failure all the same.
    sys.exit((failed[-1]["exit_status"] or 1) if failed else 0)


@click.command()
@click.argument("blocks", type=RUNNING, nargs=-1, required=True, metavar="BLOCK...")
@click.option(
    "-s",
    "--signal",
    "chosen",
    type=SIGNAL,
    metavar="SIGNAL",
    help="Send only this one: TERM, INT, KILL, 9.",
)
def kill(blocks: Sequence[str], chosen: str | None) -> None:
    """End what blocks run in the background.

    BLOCK is a number or a name in this session. Its processes get SIGTERM; those that are still
    there after `interrupt_grace_seconds` get SIGKILL.
    """
    # Who is deaf takes as long as that, one block after the other.
    ask("kill", timeout_seconds=None, blocks=[*blocks], signal=chosen)


def _records(answer: Mapping[str, object], name: str) -> Sequence[Record]:
    found = answer.get(name)
    return found if isinstance(found, list) else ()


def _told(processes: Sequence[Record]) -> str:
    return ", ".join(f"{each['pid']} {printable(each['command'])}" for each in processes)


def _still_running(blocks: Sequence[str], seconds: float) -> str:
    names = ", ".join(map(printable, blocks))
    which = f"not all of {names} have" if len(blocks) > 1 else f"block {names} has not"
    if not blocks:
        which = "not all blocks in the background have"
    return f"{which} ended within {seconds:g} s; `effecttalk jobs` shows what runs"


def _end_interrupted() -> NoReturn:
    """End by the signal: what runs after a command that does not is the rest of the cell."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    raise AssertionError("SIGINT ends the process")
