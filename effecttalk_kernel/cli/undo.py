"""Travel: `effecttalk undo`, `redo`, `goto`, `sessions load`: in cells, the shell as it was."""

import click

from effecttalk_kernel.cli.completers import STATE
from effecttalk_kernel.cli.format import printable
from effecttalk_kernel.cli.kernel_call import ask, is_in_session


@click.command()
@click.argument("steps", type=click.IntRange(min=1), default=1)
def undo(steps: int) -> None:
    """Bring the shell's last state back.

    Variables, functions, aliases, options, traps and the directory are what they were STEPS
    changes ago, from the next cell on; files and other things outside of the shell stay as
    they are. Blocks that left the state as it was do not count. What the rest of this cell
    sets is gone, too.
    """
    ask("undo", steps=steps)


@click.command()
@click.argument("steps", type=click.IntRange(min=1), default=1)
def redo(steps: int) -> None:
    """Take an undo back.

    A block that changes the state after an undo takes its place: there is nothing to redo then.
    """
    ask("redo", steps=steps)


@click.command()
@click.argument("block", type=click.IntRange(min=0))
def goto(block: int) -> None:
    """Bring the state after a block back.

    BLOCK is a number in this session, as the cell's record has it; 0 is the state that the
    session began with. `effecttalk undo` takes it back.
    """
    ask("goto", block=block)


@click.command()
@click.argument("state", type=STATE, metavar="SESSION[-NUMBER]")
def load(state: str) -> None:
    """Go on from the state of another session.

    It is the last one of SESSION, or that after its block NUMBER, from the next cell on.
    `effecttalk undo` takes it back. In a cell only; for a new session, set EFFECTTALK_RESUME to
    the same name before its kernel starts.
    """
    if not is_in_session():
        raise click.ClickException(
            "there is no session here: do this in a cell of a notebook, or let a new kernel begin"
            f" with it: EFFECTTALK_RESUME={printable(state)}"
        )
    ask("load", state=state)
