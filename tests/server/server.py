"""A real Jupyter Server with the extension, as after `pip install`, and clients for it."""

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
# An authorizer that allows every action unless a test names the action in the header `Deny`.
CONFIGURATION: Final = """
from jupyter_server.auth import Authorizer

class HeaderAuthorizer(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        handler.set_header("Asked", f"{action} {resource}")
        return handler.request.headers.get("Deny") not in {action, "all"}

c.ServerApp.authorizer_class = HeaderAuthorizer
c.ServerApp.jpserver_extensions = {
    name: False for name in ("jupyterlab", "jupyter_lsp", "notebook_shim", "jupyter_server_terminals")
}
"""


class JupyterServer(JupyterProcess):
    """A Jupyter Server with the extension."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, ADDRESS)
        self.data = directory / "data"

    @property
    def origin(self) -> str:
        """The address of the server."""
        return self.address

    @property
    def api(self) -> str:
        """The address of the REST routes."""
        return f"{self.origin}effecttalk/api"

    @property
    def most_memory_bytes(self) -> int:
        """The peak of the server's memory."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    @property
    def cpu_seconds(self) -> float:
        """The processor time that the server has used."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def descriptors(self) -> int:
        """The number of files that the server has open."""
        return psutil.Process(self._process.pid).num_fds()

    def prepare(self) -> None:
        """Write the configuration of the server."""
        (self._directory / "config/jupyter_server_config.py").write_text(CONFIGURATION)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables of the server."""
        own = {name: str(self._directory / part) for name, part in DIRECTORIES.items()}
        # `pip install` copies the file that enables the extension from there.
        return {**own, "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter-config")}

    @property
    def arguments(self) -> list[str]:
        """The module to run, and its options."""
        return ["jupyter_server", f"--IdentityProvider.token={TOKEN}"]


class Client:
    """A client with the server's token."""

    def __init__(self, server: JupyterServer) -> None:
        self.server = server
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"token {TOKEN}"

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request to a route."""
        return self._session.request(method, f"{self.server.api}/{path}", timeout=30, **options)

    def get(self, path: str, **query: object) -> Any:
        """Return the JSON of a successful reply."""
        reply = self.ask("GET", path, params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def finish(self, job: dict[str, Any]) -> dict[str, Any]:
        """Poll a job until it has ended."""
        end = time.monotonic() + PATIENCE_SECONDS
        while job["state"] == "running":
            assert time.monotonic() < end
            job = self.get(f"jobs/{job['id']}")
        return job


def browser(server: JupyterServer) -> requests.Session:
    """Return a session with the cookies of a browser that has opened the address with the token."""
    session = requests.Session()
    session.get(f"{server.origin}login?token={TOKEN}", timeout=30)
    assert "_xsrf" in session.cookies
    return session
