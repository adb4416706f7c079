"""Endings: what becomes of a block when it ends, is lost, or nobody writes to it any more."""

import time
from dataclasses import replace
from typing import Final

from effecttalk_kernel.block import Block, Result, ShellFate, Status, outcome

KILLED: Final = 137


def finished(
    block: Block, result: Result, fate: ShellFate, *, cwd: str, by_signal: bool = False
) -> Block:
    """Return the block with what its own commands came to."""
    return block.become(
        outcome(block, result, by_signal=by_signal),
        result=result,
        ended=time.time(),
        cwd_after=cwd,
        shell=fate,
    )


def lost(block: Block, cwd: str) -> Block:
    """Return the block whose session closed before it ended."""
    return block.become(Status.SHELL_LOST, ended=time.time(), cwd_after=cwd, shell=ShellFate.LOST)


def launched(block: Block, cwd: str) -> Block:
    """Return the block that its shell has begun, and does not wait for."""
    return block.become(Status.BACKGROUND, writers=True, cwd_after=cwd)


def reported(block: Block, exit_status: int) -> Block:
    """Return the block in the background whose own commands are done."""
    return replace(block, result=Result(exit_status, (exit_status,)), ended=time.time())


def hung_up(block: Block) -> Block:
    """Return the block whose last background process is gone."""
    now = time.time()
    block = replace(block, writers=False, background_ended=now)
    if block.status is not Status.BACKGROUND:
        return block
    if not block.is_background:
        return block.become(Status.SUCCESS)
    if block.result is not None:
        return block.become(outcome(block, block.result))
    # Only a signal that nobody can hold up keeps it from telling.
    killed = replace(block, result=Result(KILLED, (KILLED,)), ended=now)
    return killed.become(outcome(killed, Result(KILLED, (KILLED,))))


def refused(block: Block, problem: str) -> Block:
    """Return the block that was kept from running."""
    return block.become(
        Status.REFUSED, problem=problem, ended=block.started, cwd_after=block.cwd_before
    )
