"""Doomed: which processes end with their session."""

import os

from effecttalk_kernel.session.run import Run
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor
from effecttalk_kernel.shell import process_tree as members


async def end_processes(supervisor: ShellSupervisor, run: Run | None) -> None:
    """End the processes of all shells of *supervisor* but those that the user detached."""
    await members.end(doomed(supervisor, run.shell.process.pid if run else 0))


def doomed(supervisor: ShellSupervisor, running: int) -> list[int]:
    """Return the processes of all shells of *supervisor* that nobody detached.

    *running* is the shell that runs a block, 0 for none: what that block started
    can't be told from what it disowned.
    """
    shell = supervisor.shell
    pid = shell.process.pid if shell else 0
    groups = {job.group for job in supervisor.snapshot.jobs}
    if running:
        groups |= {os.getpgid(p) for p in members.members([pid]) if p != pid}
    return [
        member
        for member in members.members(supervisor.sessions)
        if not members.is_detached(member, pid, frozenset(groups))
    ]
