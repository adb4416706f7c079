"""Server: what Jupyter Server tells of sessions, for the extension of JupyterLab.

Jupyter Server imports it when it starts, so nothing here imports the store or pydantic: the
first request does. It knows no kernel and no shell: what is kept is all it tells.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Return where the extension is. Called by Jupyter Server."""
    return [{"module": "effecttalk_kernel.server"}]


def _load_jupyter_server_extension(server: "ServerApp") -> None:
    """Add the routes. Called by Jupyter Server."""
    from effecttalk_kernel.server.handlers import add_handlers

    add_handlers(server)
