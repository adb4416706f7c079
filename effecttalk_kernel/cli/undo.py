"""`effecttalk undo`, `redo`, `goto` and `sessions load`: restore an earlier state of the shell."""

import click

from effecttalk_kernel.cli.completers import STATE
from effecttalk_kernel.cli.kernel_call import call_kernel, is_in_session
from effecttalk_kernel.cli.text_format import escape


@click.command()
@click.argument("steps", type=click.IntRange(min=1), default=1)
def undo(steps: int) -> None:
    """Undo the last change of the shell's state.

    From the next cell on, variables, functions, aliases, options, traps and the directory are as
    they were STEPS changes ago. Files and everything else outside the shell are not changed.
    Blocks that did not change the state do not count. What the rest of this cell sets is lost.
    """
    call_kernel("undo", steps=steps)


@click.command()
@click.argument("steps", type=click.IntRange(min=1), default=1)
def redo(steps: int) -> None:
    """Redo a change that was undone.

    After a block that changes the state, there is nothing left to redo.
    """
    call_kernel("redo", steps=steps)


@click.command()
@click.argument("block", type=click.IntRange(min=0))
def goto(block: int) -> None:
    """Restore the shell's state after a block.

    BLOCK is the number of a block of this session; 0 is the state with which the session began.
    Use `effecttalk undo` to return.
    """
    call_kernel("goto", block=block)


@click.command()
@click.argument("state", type=STATE, metavar="SESSION[-NUMBER]")
def load(state: str) -> None:
    """Continue with the state of another session.

    From the next cell on, the shell has the last state of SESSION, or its state after the block
    NUMBER. Use `effecttalk undo` to return. This works only in a cell. To start a new session with
    that state, set EFFECTTALK_RESUME to the same name before its kernel starts.
    """
    if not is_in_session():
        raise click.ClickException(
            "not in an EffectTalk session: run this command in a cell, or start a new kernel with"
            f" EFFECTTALK_RESUME={escape(state)}"
        )
    call_kernel("load", state=state)
