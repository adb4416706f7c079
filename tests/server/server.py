"""Server: a real Jupyter Server with the extension, as it is after `pip install`, and clients."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psutil
import requests

from tests.support.jupyter import PATIENCE_SECONDS, JupyterProcess

ROOT: Final = Path(__file__).parents[2]
TOKEN: Final = "a-token-of-the-tests"
ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+/")
DIRECTORIES: Final = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "jupyter",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "EFFECTTALK_DATA_DIR": "data",
}
# An authorizer that lets in, unless a test says otherwise with a header.
CONFIGURATION: Final = """
from jupyter_server.auth import Authorizer

class Asking(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        handler.set_header("Asked", f"{action} {resource}")
        return handler.request.headers.get("Deny") not in {action, "all"}

c.ServerApp.authorizer_class = Asking
c.ServerApp.jpserver_extensions = {
    name: False for name in ("jupyterlab", "jupyter_lsp", "notebook_shim", "jupyter_server_terminals")
}
"""


class JupyterServer(JupyterProcess):
    """A Jupyter Server with our extension."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, ADDRESS)
        self.data = directory / "data"

    @property
    def origin(self) -> str:
        """The address below which all that it has is."""
        return self.address

    @property
    def api(self) -> str:
        """The address below which the routes are."""
        return f"{self.origin}effecttalk/api"

    @property
    def most_memory_bytes(self) -> int:
        """The most memory that the server has had so far."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    @property
    def descriptors(self) -> int:
        """How many files the server has open."""
        return psutil.Process(self._process.pid).num_fds()

    def prepare(self) -> None:
        """Switch off what the tests don't need, and ask who may do what."""
        (self._directory / "config/jupyter_server_config.py").write_text(CONFIGURATION)

    @property
    def environment(self) -> Mapping[str, str]:
        """Its own variables."""
        own = {name: str(self._directory / part) for name, part in DIRECTORIES.items()}
        # Where `pip install` puts the file that switches the extension on.
        return {**own, "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter-config")}

    @property
    def arguments(self) -> list[str]:
        """The module that it is, and its options."""
        return ["jupyter_server", f"--IdentityProvider.token={TOKEN}"]


class Client:
    """A program with the server's token."""

    def __init__(self, server: JupyterServer) -> None:
        self.server = server
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"token {TOKEN}"

    def close(self) -> None:
        """Let go of its connections."""
        self._session.close()

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request to a route."""
        return self._session.request(method, f"{self.server.api}/{path}", timeout=30, **options)

    def get(self, path: str, **query: object) -> Any:
        """Return what a route tells, which has to be good."""
        reply = self.ask("GET", path, params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def finish(self, job: dict[str, Any]) -> dict[str, Any]:
        """Ask for a job until it has ended."""
        end = time.monotonic() + PATIENCE_SECONDS
        while job["state"] == "running":
            assert time.monotonic() < end
            job = self.get(f"jobs/{job['id']}")
        return job


def browser(server: JupyterServer) -> requests.Session:
    """A session with cookies, as a browser has after it was given the address with the token."""
    session = requests.Session()
    session.get(f"{server.origin}login?token={TOKEN}", timeout=30)
    assert "_xsrf" in session.cookies
    return session
