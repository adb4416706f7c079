"""A process that has imported the kernel, and becomes a new kernel with each fork.

Importing takes most of the processor time of a kernel that runs a cell or two. What the
kernelspec starts is tested with kernels that are started by it: `Notebook()` without a template.
"""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

MAX_REQUEST_BYTES: Final = 1 << 20


class KernelTemplate:
    """The process of the template; `with` ends it."""

    def __enter__(self) -> Self:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # -P as in the kernelspec: only the installed packages are found.
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__], stdin=theirs, stdout=subprocess.DEVNULL
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait()

    def fork(
        self, command: list[str], environment: Mapping[str, str], directory: str, log: int
    ) -> "ForkedKernel":
        """Start what *command* starts: `python -P -m effecttalk_kernel -f FILE`."""
        arguments = command[command.index("effecttalk_kernel") + 1 :]
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = json.dumps([arguments, dict(environment), directory]).encode()
        with theirs:
            socket.send_fds(self._socket, [request], [log, theirs.fileno()])
        return ForkedKernel(ours)


class ForkedKernel:
    """A kernel that was forked, with the methods of `Popen` that its manager calls."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.pid = self._receive()
        self.returncode: int | None = None

    def _receive(self) -> int:
        data = self._connection.recv(100)
        assert data, "the template of kernels has ended"
        return int(data)

    def poll(self) -> int | None:
        """Return the status with which it ended, or None while it runs."""
        if self.returncode is None:
            self._connection.setblocking(False)
            with suppress(BlockingIOError):
                self._end()
        return self.returncode

    def wait(self) -> int:
        """Return the status with which it ends."""
        if self.returncode is None:
            self._connection.setblocking(True)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def _end(self) -> None:
        self.returncode = self._receive()
        self._connection.close()

    def send_signal(self, number: int) -> None:
        """Send a signal unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # its end is not reported yet
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class ForkProvisioner(LocalProvisioner):
    """Lets a kernel manager fork its kernel from a template."""

    template: KernelTemplate

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork the kernel; it leads a session, as one that jupyter_client starts."""
        stderr = kwargs.get("stderr") or sys.__stderr__
        directory = str(kwargs["cwd"])
        environment = {**kwargs["env"], "JPY_PARENT_PID": str(os.getpid())}
        self.process = self.template.fork(cmd, environment, directory, stderr.fileno())
        self.pid = self.pgid = self.process.pid
        self.cwd = directory
        return self.connection_info


def fork_from(template: KernelTemplate, manager: KernelManager) -> None:
    """Let *manager* fork its kernels."""
    manager.provisioner = ForkProvisioner(
        kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager
    )
    manager.provisioner.template = template


# In the process of the template.


class Forker:
    """Forks a kernel for each request, and reports its end."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ)

    def serve(self) -> list[str] | None:
        """Serve until the requests end; in a new kernel, return its arguments."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._requests:
                    self._report_end(key)
                    continue
                data, descriptors, *_ = socket.recv_fds(self._requests, MAX_REQUEST_BYTES, 2)
                if not data:
                    return None
                log, status = descriptors
                pid = os.fork()
                if pid == 0:
                    self._close()
                    os.close(status)
                    return become_kernel(*json.loads(data), log)
                os.close(log)
                connection = socket.socket(fileno=status)
                connection.send(str(pid).encode())
                self._selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, connection))

    def _report_end(self, key: selectors.SelectorKey) -> None:
        pid, connection = key.data
        _, status = os.waitpid(pid, 0)
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.send(str(os.waitstatus_to_exitcode(status)).encode())
        connection.close()
        self._selector.unregister(key.fileobj)
        os.close(key.fd)

    def _close(self) -> None:
        for key in [*self._selector.get_map().values()]:
            if key.data is not None:
                os.close(key.fd)
                key.data[1].close()
        self._selector.close()
        self._requests.close()


def become_kernel(
    arguments: list[str], environment: dict[str, str], directory: str, log: int
) -> list[str]:
    """Give the process what a kernel gets that is started as a program; return its arguments."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for number, descriptor in enumerate((null, null, log)):
        os.dup2(descriptor, number)
    os.close(null)
    os.close(log)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    return arguments


def import_kernel() -> None:
    """Import all that a kernel may import, in its order."""
    import importlib
    import pkgutil

    import effecttalk_kernel
    import effecttalk_kernel.kernel.app
    from effecttalk_kernel.lazy_packages import delay_unused_packages

    delay_unused_packages()
    for room in ("kernel", "execution", "journal", "output", "session", "safety", "store", "rpc"):
        directory = Path(effecttalk_kernel.__path__[0], room)
        for module in pkgutil.walk_packages([str(directory)], f"effecttalk_kernel.{room}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def main() -> None:
    import gc
    import runpy

    import_kernel()
    gc.freeze()  # a kernel copies no memory that it only looks through
    arguments = Forker(socket.socket(fileno=os.dup(0))).serve()
    if arguments is not None:
        sys.argv[1:] = arguments
        runpy.run_module("effecttalk_kernel", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
