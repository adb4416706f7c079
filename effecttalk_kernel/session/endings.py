"""Endings: what becomes of a block when it ends, is lost, or nobody writes to it any more."""

import time
from dataclasses import replace

from effecttalk_kernel.block import Block, Result, ShellFate, Status, outcome


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


def hung_up(block: Block) -> Block:
    """Return the block whose last background process is gone."""
    now = time.time()
    if block.status is Status.BACKGROUND:
        return block.become(Status.SUCCESS, writers=False, background_ended=now)
    return replace(block, writers=False, background_ended=now)
