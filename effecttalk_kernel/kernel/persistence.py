"""Persistence: saves blocks and states, and serves the commands that read them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from effecttalk_kernel.block import Block, ShellFate
from effecttalk_kernel.config.settings import SOCKET, Settings
from effecttalk_kernel.journal.journal import Journal
from effecttalk_kernel.journal.journal_options import journal_options
from effecttalk_kernel.journal.maintenance_process import MaintenanceProcess
from effecttalk_kernel.journal.undo import UndoHistory
from effecttalk_kernel.kernel.commands.jobs import JobCommands
from effecttalk_kernel.kernel.commands.rerun import RerunCommand
from effecttalk_kernel.kernel.commands.resources import ResourceCommand
from effecttalk_kernel.kernel.comms.environment import Environment
from effecttalk_kernel.kernel.error_reports import ErrorReporter
from effecttalk_kernel.output.cell_observer import Cells
from effecttalk_kernel.rpc.server import CallServer
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.session.events import Event, Finished
from effecttalk_kernel.session.saved_states import RecentStates
from effecttalk_kernel.session.session import SessionOptions, ShellSession
from effecttalk_kernel.shell.dialects.bash import Snapshot


@dataclass(frozen=True, slots=True)
class PersistenceParts:
    """What persistence needs from the kernel."""

    settings: Settings
    options: SessionOptions
    masker: Masker
    cells: Cells
    on_saved: Callable[[int], None]
    run_next: Callable[[str], None]
    resource_command: ResourceCommand


class Persistence:
    """Saves the blocks and states of one session; serves the calls that go back to them."""

    def __init__(self, parts: PersistenceParts, session: ShellSession) -> None:
        settings = parts.settings
        environment = parts.options.supervisor.shell.environment
        self._journal = (
            Journal(
                journal_options(settings, parts.options),
                parts.masker,
                parts.cells.write_line,
                parts.on_saved,
                parts.cells.find,
                environment,
            )
            if settings.keep_sessions
            else None
        )
        self._states = RecentStates() if self._journal is None else self._journal.states
        self.environment = Environment(self._states, parts.masker)
        self._upkeep = MaintenanceProcess(settings) if settings.keep_sessions else None
        self._travel = UndoHistory(session, self._states)
        rerun = RerunCommand(settings.data_directory, parts.options.identity, parts.run_next)
        calls = {
            **self._travel.calls,
            **JobCommands(session).calls,
            "rerun": rerun.run,
            "resources": parts.resource_command.run,
        }
        reporter = ErrorReporter.of(
            parts.options.supervisor.runtime_directory, sanitizes=settings.sanitize_error_messages
        )
        session.observers.add(self._note_loss)
        if self._journal is not None:
            parts.cells.observers.add(self._journal)
        self._calls = CallServer(
            Path(environment[SOCKET]), calls, report_error=lambda error: reporter.report(error)[1]
        )

    def prepare(self) -> None:
        """Prepare resources in advance, so that the first block starts without delay."""
        if self._journal is not None:
            self._journal.prepare()
        self._calls.listen()

    def _note_loss(self, block: Block, event: Event) -> None:
        if isinstance(event, Finished) and block.shell is ShellFate.LOST:
            self._travel.note_lost_shell(block.number)

    def save_state(self, number: int, state: Snapshot) -> None:
        """Save the state after block *number*, 0 for the initial state."""
        jobs = tuple(job.shown for job in state.jobs)
        self._states.keep(number, state.parts, jobs)
        self.environment.add_state(number)
        self._travel.add_state(number, state)

    def save_output(self, number: int) -> None:
        """Save what block *number* has shown so far, if it may still show more."""
        if self._journal is not None:
            self._journal.save_shown(number)

    async def wait_until_written(self) -> None:
        """Wait until the blocks that have ended are in the store, for a short time at most."""
        if self._journal is not None and not self._journal.has_written_all:
            await self._journal.wait_until_written()

    async def close(self) -> None:
        """Save what is left."""
        await self._calls.close()
        if self._upkeep is not None:
            self._upkeep.close()
        if self._journal is not None:
            await self._journal.close()
