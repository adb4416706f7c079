"""A Jupyter server on a free port, with separate directories."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import psutil

PATIENCE_SECONDS: Final = 120.0
# All tests of a process fail without a server. It starts slowly if its files are not in memory.
START_SECONDS: Final = 150.0


def free_port() -> int:
    """Return a port that is free now: servers before 2.20 do not tell which one port 0 became."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def is_listening(address: str) -> bool:
    """Whether a server accepts connections at this address."""
    url = urlsplit(address)
    try:
        socket.create_connection((url.hostname, url.port)).close()
    except ConnectionRefusedError:
        return False
    return True


class JupyterProcess:
    """A server that tells its address in its log; `with` ends it and its kernels."""

    def __init__(self, directory: Path, address: re.Pattern[str]) -> None:
        self._directory = directory
        self._address = address
        self._log_file = directory / "log"
        self.notebooks = directory / "notebooks"
        self.address = ""
        self._process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return self._log_file.read_text(errors="replace")

    def prepare(self) -> None:
        """Write its configuration."""
        raise NotImplementedError

    @property
    def environment(self) -> Mapping[str, str]:
        """Its own variables."""
        raise NotImplementedError

    @property
    def arguments(self) -> list[str]:
        """The module that it is, and its options."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.notebooks.mkdir(parents=True)
        (self._directory / "config").mkdir()
        self.prepare()
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", *self.arguments, "--no-browser", "--allow-root",
                    "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={free_port()}",
                    f"--ServerApp.root_dir={self.notebooks}",
                ],
                env={**os.environ, "PYTHONFAULTHANDLER": "1", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )  # fmt: skip
        try:
            self.address = self._await_address()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        children: list[psutil.Process] = []
        if self._process.poll() is None:
            children = psutil.Process(self._process.pid).children(recursive=True)
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE_SECONDS)
            has_ended = True
        except subprocess.TimeoutExpired:
            has_ended = False
            self._process.send_signal(signal.SIGABRT)  # it writes where it is to its log
        finally:
            self._process.wait()
            _, left = psutil.wait_procs(children, timeout=5)
            for process in left:
                process.kill()
        assert has_ended, f"the server did not end:\n{self.log}"
        assert not left, f"the server left {left} behind"

    def _await_address(self) -> str:
        """Wait until the server listens: it logs its address before."""
        end = time.monotonic() + START_SECONDS
        while not ((found := self._address.search(self.log)) and is_listening(found[0])):
            assert self._process.poll() is None, self.log
            assert time.monotonic() < end, f"the server gave no address:\n{self.log}"
            time.sleep(0.05)  # neither a file nor a port can be waited for
        return found[0]
