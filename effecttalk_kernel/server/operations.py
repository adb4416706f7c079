"""Operations: all that can be asked, in one table: routes and the description follow it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from effecttalk_kernel.server import backups, blocks, models, sessions
from effecttalk_kernel.server import parameters as inputs
from effecttalk_kernel.server import status as whole
from effecttalk_kernel.server.context import Place
from effecttalk_kernel.server.http import Download, Reply

Answer: TypeAlias = BaseModel | Reply | Download | None
Function: TypeAlias = Callable[[Place, Any], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked; *path* is below the extension's address."""

    method: str
    path: str
    function: Function
    takes: type[inputs.Input] = inputs.Nothing
    gives: type[BaseModel] | None = None
    status: int = 200
    # What else can come of it.
    problems: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """How it is called."""
        return self.function.__name__

    @property
    def has_body(self) -> bool:
        """Whether what it takes beside the address is in the body, and not in the query."""
        return self.method in {"POST", "PATCH"}


GONE: Final = (404,)
CONFLICT: Final = (404, 409)

OPERATIONS: Final = (
    Operation("GET", "sessions", sessions.list_sessions, inputs.ListSessions, models.SessionPage),
    Operation(
        "GET",
        "sessions/{session}",
        sessions.show_session,
        inputs.OneSession,
        models.SessionDetails,
        problems=GONE,
    ),
    Operation(
        "PATCH",
        "sessions/{session}",
        sessions.change_session,
        inputs.ChangeSession,
        models.SessionModel,
        problems=CONFLICT,
    ),
    Operation(
        "DELETE",
        "sessions/{session}",
        sessions.delete_session,
        inputs.OneSession,
        status=204,
        problems=CONFLICT,
    ),
    Operation(
        "POST",
        "sessions/{session}/export",
        sessions.export_session,
        inputs.OneSession,
        models.NotebookModel,
        problems=GONE,
    ),
    Operation(
        "POST",
        "sessions/{session}/restore",
        backups.restore_session,
        inputs.RestoreSession,
        models.JobModel,
        status=202,
        problems=CONFLICT,
    ),
    Operation(
        "GET",
        "sessions/{session}/blocks",
        blocks.list_blocks,
        inputs.ListBlocks,
        models.BlockPage,
        problems=GONE,
    ),
    Operation(
        "GET",
        "blocks/{block}",
        blocks.show_block,
        inputs.OneBlock,
        models.BlockDetails,
        problems=GONE,
    ),
    Operation(
        "GET",
        "blocks/{block}/outputs",
        blocks.show_outputs,
        inputs.OneBlock,
        models.OutputsModel,
        problems=GONE,
    ),
    Operation("GET", "blocks/{block}/output", blocks.read_output, inputs.ReadOutput, problems=GONE),
    Operation("GET", "search", blocks.search, inputs.Search, models.Matches, problems=GONE),
    Operation("GET", "backups", backups.list_backups, gives=models.BackupList),
    Operation(
        "POST",
        "backups",
        backups.begin_backup,
        gives=models.JobModel,
        status=202,
        problems=(409,),
    ),
    Operation(
        "POST",
        "backups/{name}/restore",
        backups.restore_backup,
        inputs.RestoreBackup,
        models.JobModel,
        status=202,
        problems=CONFLICT,
    ),
    Operation("GET", "jobs", backups.list_jobs, gives=models.JobList),
    Operation("GET", "jobs/{job}", backups.show_job, inputs.OneJob, models.JobModel, problems=GONE),
    Operation("GET", "figures", whole.show_figures, inputs.ReadFigures, models.Figures),
    Operation("GET", "health", whole.show_health, gives=models.Health),
)
BY_NAME: Final[Mapping[str, Operation]] = {each.name: each for each in OPERATIONS}
