"""Doomed: which processes end with their session."""

import os

from effecttalk_kernel.session.run import Run
from effecttalk_kernel.session.shell_supervisor import ShellKeeper
from effecttalk_kernel.shell import process_tree as members


async def end_processes(keeper: ShellKeeper, run: Run | None) -> None:
    """End the processes of all shells of *keeper* but those that the user detached."""
    await members.end(doomed(keeper, run.shell.process.pid if run else 0))


def doomed(keeper: ShellKeeper, running: int) -> list[int]:
    """Return the processes of all shells of *keeper* that nobody detached.

    *running* is the shell that runs a block, 0 for none: what that block started
    can't be told from what it disowned.
    """
    shell = keeper.shell
    pid = shell.process.pid if shell else 0
    groups = {job.group for job in keeper.snapshot.jobs}
    if running:
        groups |= {os.getpgid(p) for p in members.members([pid]) if p != pid}
    return [
        member
        for member in members.members(keeper.sessions)
        if not members.is_detached(member, pid, frozenset(groups))
    ]
