"""Resumed jobs: jobs of earlier blocks that `fg` has brought to the foreground of another one.

A job has the terminals of the block that started it. While it runs in the foreground of another
block, they belong to that one: it shows the output, and types what the user answers.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from effecttalk_kernel.session.block_terminals import BlockTerminals
from effecttalk_kernel.session.program_terminal import ProgramTerminal
from effecttalk_kernel.shell.process_tree import find_groups_on
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal_pool import Stream, TerminalPair


class JobRun(Protocol):
    """The run of a block: one that has left a job behind, or the one where that goes on."""

    shell: Shell
    pair: TerminalPair
    terminals: BlockTerminals
    program: ProgramTerminal

    def take(self, stream: Stream, data: bytes) -> None:
        """Take output of the block's programs."""

    def read_output(self) -> None:
        """Read everything that programs have written to the block's own terminals."""

    def send_output_to(self, take: Callable[[Stream, bytes], None] | None) -> None:
        """Pass output on to another block; None: no more."""


class ResumedJobs:
    """The jobs of earlier blocks that run in one block; *earlier* returns those blocks."""

    def __init__(self, run: JobRun, earlier: Callable[[], Sequence[JobRun]]) -> None:
        self._run = run
        self._earlier = earlier
        self._adopted: list[JobRun] = []
        self._seen_group = 0

    def look(self) -> None:
        """Find out whether the foreground job is one of an earlier block."""
        earlier = self._earlier()
        group = self._run.shell.process.terminal.foreground() if earlier else self._seen_group
        if group in {self._seen_group, self._run.shell.process.pid}:
            return
        self._seen_group = group
        for run in earlier:
            paths = {terminal.path for terminal in run.pair.terminals()}
            if group in find_groups_on(self._run.shell.process.pid, paths):
                self._adopt(run)
                run.program.save_screen(group)  # the program may have drawn in the background

    def _adopt(self, run: JobRun) -> None:
        if run not in self._adopted:
            self._adopted.append(run)
            self._run.terminals.adopt(run.pair.terminals())
            run.send_output_to(self._run.take)

    def read(self) -> None:
        """Read what the jobs have written: it comes before what the block writes after them."""
        for run in self._adopted:
            run.read_output()

    def let_go(self) -> None:
        """Show further output of the jobs in their own blocks."""
        for run in self._adopted:
            run.send_output_to(None)
            for terminal in run.pair.terminals():
                terminal.release()
        self._adopted.clear()
