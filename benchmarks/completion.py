"""Measure completion through a real kernel, and print milliseconds per request.

Cold: bash-completion is installed but the session has not loaded it. Warm: ~/.bashrc has.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

RC = ". /usr/share/bash-completion/bash_completion\n"
REQUESTS = [
    "git che",
    "git checkout f",
    "cd /us",
    "echo $HO",
    "kill -",
    "ssh al",
    "make ",
    "ls --co",
    "cat my",
    "chgr",
]


@contextmanager
def start_kernel(home: str) -> Iterator[BlockingKernelClient]:
    manager = KernelManager(kernel_name="effecttalk")
    environment = {**os.environ, "HOME": home, "JUPYTER_PLATFORM_DIRS": "1"}
    manager.start_kernel(stderr=subprocess.DEVNULL, env=environment, cwd=home)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def time_completion(client: BlockingKernelClient, code: str) -> float:
    began = time.perf_counter()
    client.complete(code, reply=True, timeout=60)
    return time.perf_counter() - began


def measure(title: str, home: str, count: int = 30) -> None:
    with start_kernel(home) as client:
        client.execute(":", reply=True, timeout=60)
        for code in REQUESTS:
            taken = sorted(1000 * time_completion(client, code) for _ in range(count))
            median, late = statistics.median(taken), taken[int(0.95 * count)]
            print(f"{title} {code!r:18} median {median:5.1f} ms, 95 % {late:5.1f} ms")


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        place = Path(home)
        (place / ".ssh").mkdir()
        (place / ".ssh" / "config").write_text("Host alpha\nHost beta\n")
        (place / "Makefile").write_text("all: prog\n\ttrue\nprog:\n\ttrue\n")
        (place / "my file").touch()
        subprocess.run(["git", "init", "-q", "-b", "feature", home], check=True)
        measure("cold", home)
        (place / ".bashrc").write_text(RC)
        measure("warm", home)


if __name__ == "__main__":
    main()
