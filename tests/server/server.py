"""Server: a real Jupyter Server with the extension, as it is after `pip install`, and clients."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final, Self

import psutil
import requests

ROOT: Final = Path(__file__).parents[2]
TOKEN: Final = "a-token-of-the-tests"
PATIENCE_SECONDS: Final = 30.0
ADDRESS: Final = re.compile(r"(http://127\.0\.0\.1:\d+/)")
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


class JupyterServer:
    """A server on a free port of this machine, with its own configuration; `with` ends it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._log_file = directory / "log"
        self.data = directory / "data"
        self.notebooks = directory / "notebooks"
        self.origin = ""
        self._process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return self._log_file.read_text(errors="replace")

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

    def __enter__(self) -> Self:
        self.notebooks.mkdir(parents=True)
        (self._directory / "config").mkdir()
        (self._directory / "config/jupyter_server_config.py").write_text(CONFIGURATION)
        own = {name: str(self._directory / part) for name, part in DIRECTORIES.items()}
        # Where `pip install` puts the file that switches the extension on.
        own["JUPYTER_CONFIG_PATH"] = str(ROOT / "jupyter-config")
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root",
                    "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0",
                    f"--IdentityProvider.token={TOKEN}",
                    f"--ServerApp.root_dir={self.notebooks}",
                ],
                env={**os.environ, **own},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )  # fmt: skip
        try:
            self.origin = self._await_address()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE_SECONDS)
        finally:
            self._process.kill()
            self._process.wait()

    def _await_address(self) -> str:
        end = time.monotonic() + PATIENCE_SECONDS
        while not (found := ADDRESS.search(self.log)):
            assert self._process.poll() is None, self.log
            assert time.monotonic() < end, f"the server gave no address:\n{self.log}"
            time.sleep(0.05)  # a file tells nobody that it grows
        return found[1]


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
