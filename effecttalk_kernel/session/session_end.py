"""Termination: which processes end with their session."""

import os
from typing import TYPE_CHECKING

from effecttalk_kernel.session.shell_supervisor import ShellSupervisor
from effecttalk_kernel.shell import process_tree

if TYPE_CHECKING:
    from effecttalk_kernel.session.running_block import Run


async def end_processes(supervisor: ShellSupervisor, run: "Run | None") -> None:
    """End the processes of all shells of *supervisor* except those that the user detached."""
    await process_tree.end_processes(
        attached_processes(supervisor, run.shell.process.pid if run else 0)
    )


def attached_processes(supervisor: ShellSupervisor, running: int) -> list[int]:
    """Return the processes of all shells of *supervisor* that are not detached.

    *running* is the shell that runs a block, 0 for none. Everything that this block started
    counts as attached, because the table of jobs that tells what it disowned is not known.
    """
    shell = supervisor.shell
    pid = shell.process.pid if shell else 0
    groups = {job.group for job in supervisor.snapshot.jobs}
    if running:
        groups |= {os.getpgid(p) for p in process_tree.find_members([pid]) if p != pid}
    return [
        member
        for member in process_tree.find_members(supervisor.sessions)
        if not process_tree.is_detached(member, pid, frozenset(groups))
    ]
