"""Routes: which address has which door."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.server import handlers
from effecttalk_kernel.server.service import Service

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

PREFIX: Final = "effecttalk/api"
ROUTES: Final[Mapping[str, type[handlers.Door]]] = {
    "sessions": handlers.SessionsDoor,
    "sessions/{session}": handlers.SessionDoor,
    "sessions/{session}/export": handlers.ExportDoor,
    "sessions/{session}/restore": handlers.SessionRestoreDoor,
    "sessions/{session}/blocks": handlers.BlocksDoor,
    "blocks/{block}": handlers.BlockDoor,
    "blocks/{block}/outputs": handlers.OutputsDoor,
    "blocks/{block}/output": handlers.OutputDoor,
    "search": handlers.SearchDoor,
    "backups": handlers.BackupsDoor,
    "backups/{name}/restore": handlers.RestoreDoor,
    "jobs": handlers.JobsDoor,
    "jobs/{job}": handlers.JobDoor,
    "figures": handlers.FiguresDoor,
    "health": handlers.HealthDoor,
    "openapi.json": handlers.DescriptionDoor,
}


def add_routes(server: "ServerApp") -> None:
    """Add the routes to a server that starts."""
    base = f"{server.base_url.rstrip('/')}/{PREFIX}"
    service = Service(str(server.root_dir), base)
    found = [
        (f"{re.escape(base)}/{_pattern(path)}", door, {"service": service})
        for path, door in ROUTES.items()
    ]
    found.append((f"{re.escape(base)}(?:/.*)?", handlers.NoDoor, {"service": service}))
    server.web_app.add_handlers(".*$", found)


def _pattern(path: str) -> str:
    # Whatever stands there is looked at by who knows names; here it only ends at a slash.
    return re.sub(
        r"\{(\w+)\}", r"(?P<\1>[^/]*)", re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
    )
