"""The table of REST routes, from which the handlers and the OpenAPI document are made.

Jupyter Server imports this module when it starts, so it imports neither the store nor pydantic: a
route names its function, and the annotations of the function name the models.
"""

from dataclasses import dataclass
from typing import Final

PREFIX: Final = "effecttalk/api"


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address; *path* is below the prefix."""

    method: str
    path: str
    # `module.function` in this package.
    function: str
    status: int = 200
    # Statuses besides those that every route can answer with.
    problems: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The name of the function, which is the operation's identity in the document."""
        return self.function.rpartition(".")[2]

    @property
    def has_body(self) -> bool:
        """Whether parameters that are not in the path are in the body, not in the query."""
        return self.method in {"POST", "PATCH"}


NOT_FOUND: Final = (404,)
BUSY: Final = (409,)
CONFLICT: Final = (404, 409)

ROUTES: Final = (
    Route("GET", "sessions", "sessions.list_sessions"),
    Route("GET", "sessions/{session}", "sessions.show_session", problems=NOT_FOUND),
    Route("PATCH", "sessions/{session}", "sessions.change_session", problems=CONFLICT),
    Route("DELETE", "sessions/{session}", "sessions.delete_session", 204, CONFLICT),
    Route("POST", "sessions/{session}/export", "sessions.export_session", problems=NOT_FOUND),
    Route("POST", "sessions/{session}/restore", "backups.restore_session", 202, CONFLICT),
    Route("GET", "sessions/{session}/blocks", "blocks.list_blocks", problems=NOT_FOUND),
    Route("GET", "blocks/{block}", "blocks.show_block", problems=NOT_FOUND),
    Route("GET", "blocks/{block}/outputs", "blocks.show_outputs", problems=NOT_FOUND),
    Route("GET", "blocks/{block}/output", "blocks.read_output", problems=NOT_FOUND),
    Route("GET", "search", "blocks.search", problems=NOT_FOUND),
    Route("GET", "backups", "backups.list_backups"),
    Route("POST", "backups", "backups.begin_backup", 202, BUSY),
    Route("POST", "backups/{name}/restore", "backups.restore_backup", 202, CONFLICT),
    Route("GET", "jobs", "backups.list_jobs"),
    Route("GET", "jobs/{job}", "backups.show_job", problems=NOT_FOUND),
    Route("GET", "figures", "status.show_figures"),
    Route("GET", "health", "status.show_health"),
)
