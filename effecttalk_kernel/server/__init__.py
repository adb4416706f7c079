"""The REST API of Jupyter Server for stored sessions, blocks and backups.

Jupyter Server imports this package when it starts, so the store and pydantic are imported only by
the first request. All answers come from the store; no route talks to a kernel or a shell.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Return the module of the extension. Called by Jupyter Server."""
    return [{"module": "effecttalk_kernel.server"}]


def _load_jupyter_server_extension(server: "ServerApp") -> None:
    """Add the routes. Called by Jupyter Server."""
    from effecttalk_kernel.server.handlers import add_handlers

    add_handlers(server)
