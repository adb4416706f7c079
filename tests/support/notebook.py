"""A client of a real kernel that runs cells as front ends do.

Every message belongs to the cell that its parent header names, whenever it
arrives. Nothing sleeps: each wait names its condition and its deadline.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from effecttalk_kernel.output.record import MIME_TYPE
from effecttalk_kernel.output.record_schema import Record
from tests.support.front_end import added
from tests.support.kernel_template import KernelTemplate, fork_from

PATIENCE_SECONDS: Final = 60.0
# What Python and the C library read when a process starts: a fork does not start.
READ_AT_START: Final = ("LANG", "LC_", "LD_", "LOCPATH", "PYTHON", "TZ")


@dataclass(repr=False)
class Cell:
    """What came back for one request."""

    identity: str
    reply: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)
    replied_after: int = 0

    def texts(self, stream: str) -> str:
        return "".join(c["text"] for c in self.contents("stream") if c["name"] == stream)

    def contents(self, *kinds: str) -> list[dict[str, Any]]:
        return [m["content"] for m in self.messages if m["msg_type"] in kinds]

    @property
    def stdout(self) -> str:
        return self.texts("stdout")

    @property
    def stderr(self) -> str:
        return self.texts("stderr")

    def shown(self, stream: str) -> str:
        """Return the text that a front end shows: what was sent before a clearance is gone."""
        kinds = [message["msg_type"] for message in self.messages]
        start = len(kinds) - kinds[::-1].index("clear_output") if "clear_output" in kinds else 0
        contents = [m["content"] for m in self.messages[start:] if m["msg_type"] == "stream"]
        return added("", "".join(c["text"] for c in contents if c["name"] == stream))

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self.contents("error")

    @property
    def evalue(self) -> str:
        return str(self.reply["evalue"])

    @property
    def status(self) -> str:
        return str(self.reply["status"])

    @property
    def states(self) -> list[str]:
        return [content["execution_state"] for content in self.contents("status")]

    @property
    def records(self) -> list[Record]:
        shown = [d for d in self.contents("display_data") if MIME_TYPE in d["data"]]
        own = [d["transient"]["display_id"] for d in shown]
        # A headless cell also updates the records of earlier ones.
        displays = self.contents("display_data", "update_display_data")
        return [
            Record.model_validate(d["data"][MIME_TYPE])
            for d in displays
            if d["transient"].get("display_id") in own
        ]

    @property
    def record(self) -> Record:
        return self.records[-1]

    @property
    def is_done(self) -> bool:
        return bool(self.reply) and self.states[-1:] == ["idle"]

    def __repr__(self) -> str:
        shown = self.stdout[-300:], self.stderr[-300:]
        return f"<Cell {self.states} {self.reply} stdout, stderr={shown} asked={self.questions}>"


class Notebook:
    """A kernel and a client of it; `with` ends both.

    With a *template*, it is forked from it; without one, the kernelspec starts it. So it does with
    variables that only a start reads.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        has_stdin: bool = True,
        template: KernelTemplate | None = None,
        **popen: Any,
    ) -> None:
        self._environment = dict(environment or {})
        is_forked = not any(name.startswith(READ_AT_START) for name in self._environment)
        self._template = template if is_forked else None
        self.manager = self._new_manager()
        self._has_stdin = has_stdin
        self._popen = {"cwd": os.environ["HOME"], **popen}
        self._requests: dict[str, Cell] = {}
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by __exit__
        self.client: BlockingKernelClient
        self.strays: list[dict[str, Any]] = []
        self.last_state = ""
        self.last_request: dict[str, Any] = {}  # header of the last question
        self._leaks: list[str] = []
        self._controls: set[str] = set()
        self.is_running = False

    def __enter__(self) -> Self:
        self._start_with_ports()
        self.is_running = True
        return self

    def replace_kernel(self) -> None:
        """Start another kernel in place of this one, which a failed test may have damaged."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
        self.forget_log()
        self._requests.clear()
        self._controls.clear()
        self._leaks.clear()
        self.manager = self._new_manager()
        self._start_with_ports()

    def _start_with_ports(self) -> None:
        self._start()
        # Another process may take a port between its choice by the manager and its use.
        while self._has_lost_a_port():
            self.client.stop_channels()
            self.manager.cleanup_resources()
            self.forget_log()
            self.manager = self._new_manager()
            self._start()

    def _new_manager(self) -> KernelManager:
        manager = KernelManager(kernel_name="effecttalk")
        if self._template is not None:
            fork_from(self._template, manager)
        return manager

    def _start(self) -> None:
        self.manager.start_kernel(
            env={**os.environ, **self._environment},
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            **self._popen,
        )
        self.client = self.manager.client()
        self.client.start_channels(hb=False, stdin=self._has_stdin)
        self._poller = zmq.Poller()
        self._listen(self.client.iopub_channel)
        self._listen(self.client.shell_channel)
        self._listen(self.client.control_channel)
        if self._has_stdin:
            self._listen(self.client.stdin_channel)
        self.await_welcome()

    def _has_lost_a_port(self) -> bool:
        return not self.manager.is_alive() and "Address already in use" in self.log

    def __exit__(self, *_: object) -> None:
        self.is_running = False
        self.client.stop_channels()
        self.manager.shutdown_kernel()
        self.manager.cleanup_resources()
        self._log.seek(0)
        log = self._log.read().decode(errors="replace")
        self._log.close()
        assert "Traceback" not in log or "Invalid Signature" in log, log

    def _listen(self, channel: Any) -> None:
        self._poller.register(channel.socket, zmq.POLLIN)

    def connect_stdin(self) -> None:
        """Connect the stdin channel that was left out."""
        self._has_stdin = True
        self.client.stdin_channel.start()
        self._listen(self.client.stdin_channel)

    def await_welcome(self) -> None:
        """Wait until the kernel says that what it publishes reaches this client."""
        self.strays.clear()
        self.wait(
            lambda: (
                any(m["msg_type"] == "iopub_welcome" for m in self.strays)
                or self._has_lost_a_port()
            ),
            "a welcome",
        )

    @property
    def pid(self) -> int:
        """Process of the kernel itself."""
        return int(self.manager.provisioner.pid)

    @property
    def log(self) -> str:
        """What the kernel has logged."""
        # A reader that moved the position would move the writer's, too.
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")

    def forget_log(self) -> None:
        """Empty the log, because a trace in it fails the test."""
        os.ftruncate(self._log.fileno(), 0)

    # Requests.

    def run(
        self,
        code: str,
        *,
        answers: Sequence[str] | None = None,
        allow_stdin: bool = False,
        interrupt_when: Callable[[Cell], object] | None = None,
        after_text: str = "",
        timeout: float = PATIENCE_SECONDS,
        **options: Any,
    ) -> Cell:
        """Run *code* and wait until the kernel is idle again."""
        cell = self.send(code, allow_stdin=allow_stdin or answers is not None, **options)
        if after_text:
            interrupt_when = lambda cell: after_text in cell.stdout  # noqa: E731
        if interrupt_when is not None:
            self.wait(lambda: interrupt_when(cell), f"what to interrupt in {code!r}", timeout)
            self.manager.interrupt_kernel()
        for number, answer in enumerate(answers or (), 1):
            self.wait(lambda n=number: len(cell.questions) >= n or cell.is_done, "a question")
            assert len(cell.questions) == number, f"{len(cell.questions)} questions: {cell}"
            self.client.input(answer)
        return self.finish(cell, timeout)

    def send(self, code: str, **options: Any) -> Cell:
        """Send a cell and wait for nothing."""
        options.setdefault("allow_stdin", False)
        return self._expect(self.client.execute(code, **options))

    def send_with_metadata(self, code: str, metadata: Mapping[str, Any], **options: Any) -> Cell:
        """Send a cell that has metadata, as JupyterLab does, and wait for nothing."""
        content = {"code": code, "allow_stdin": False, "stop_on_error": True, **options}
        message = self.client.session.msg("execute_request", content, metadata=dict(metadata))
        self.client.shell_channel.send(message)
        return self._expect(message["header"]["msg_id"])

    def request(self, kind: str, content: Mapping[str, Any] | None = None) -> Cell:
        """Send any request on the shell channel and wait for nothing."""
        message = self.client.session.msg(kind, dict(content or {}))
        self.client.shell_channel.send(message)
        return self._expect(message["header"]["msg_id"])

    def control(self, kind: str, content: Mapping[str, Any] | None = None) -> Cell:
        """Send any request on the control channel and wait for nothing."""
        message = self.client.session.msg(kind, dict(content or {}))
        self.client.control_channel.send(message)
        self._controls.add(message["header"]["msg_id"])
        return self._expect(message["header"]["msg_id"])

    def ask(self, kind: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send any request on the shell channel and return its reply."""
        return self.finish(self.request(kind, content)).reply

    # Waiting.

    def await_reply(self, cell: Cell) -> Cell:
        """Wait for the reply to *cell*, and not until the kernel is idle."""
        socket = self.client.shell_channel.socket
        while not cell.reply:
            assert socket.poll(PATIENCE_SECONDS * 1000), f"waited for the reply to {cell}"
            self._take(socket)
        return cell

    def finish(self, cell: Cell, timeout: float = PATIENCE_SECONDS) -> Cell:
        self.wait(lambda: cell.is_done, f"the end of {cell}", timeout)
        leaks, self._leaks = self._leaks, []
        assert not leaks, f"names of ours in what the user sees: {leaks}"
        return cell

    def late(
        self, cell: Cell, until: Callable[[Cell], object], timeout: float = PATIENCE_SECONDS
    ) -> Cell:
        """Wait for what comes for *cell* after its reply."""
        self.wait(lambda: until(cell), f"what should come late for {cell}", timeout)
        return cell

    def wait(
        self, reached: Callable[[], object], what: str, timeout: float = PATIENCE_SECONDS
    ) -> None:
        """Take messages until *reached*."""
        end = time.monotonic() + timeout
        while not reached():
            left = end - time.monotonic()
            assert left > 0, f"waited {timeout:g} s for {what}"
            for socket, _ in self._poller.poll(min(left, 0.05) * 1000):
                self._take(socket)

    def _expect(self, identity: str) -> Cell:
        return self._requests.setdefault(identity, Cell(identity))

    def _take(self, socket: zmq.Socket[bytes]) -> None:
        _, message = self.client.session.recv(socket, mode=zmq.NOBLOCK)
        if message is None:
            return
        if message["msg_type"] == "status":
            self.last_state = message["content"]["execution_state"]
        parent = message["parent_header"]
        # The manager counts its messages by itself, with the client's identity.
        identity = parent.get("msg_id", "")
        kinds = ("interrupt_request", "shutdown_request")
        is_managers = parent.get("msg_type") in kinds and identity not in self._controls
        cell = None if is_managers else self._requests.get(identity)
        if cell is None:
            self.strays.append(message)
        elif socket is self.client.iopub_channel.socket:
            cell.messages.append(message)
            self._leaks += [text for text in _texts(message) if "__et" in text]
        elif self._has_stdin and socket is self.client.stdin_channel.socket:
            cell.questions.append(message["content"])
            self.last_request = message["header"]
        else:
            cell.reply = message["content"]
            cell.replied_after = len(cell.messages)


def _texts(message: Mapping[str, Any]) -> list[str]:
    """Return what a user reads of *message*; a record must be one."""
    content = message["content"]
    displays = message["msg_type"] in {"display_data", "update_display_data"}
    if displays and MIME_TYPE in content["data"]:
        Record.model_validate(content["data"][MIME_TYPE])
        assert content["transient"]["display_id"]
    return [str(content)] if message["msg_type"] in {"stream", "error"} else []


def eventually(holds: Callable[[], object], what: str, timeout: float = 30.0) -> None:
    """Wait for something that no message tells."""
    end = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < end, f"waited {timeout:g} s for {what}"
        time.sleep(0.005)
