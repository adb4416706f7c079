"""Run a stored block again in a new kernel, outside its session."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, Final

import click
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import KernelManager

from effecttalk_kernel.bash_quoting import unescape_value
from effecttalk_kernel.cli.printer import Printer
from effecttalk_kernel.config.settings import NOTEBOOK, OWN_NOTEBOOK, PYTHONPATH, RESUME
from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.output.record import MIME_TYPE
from effecttalk_kernel.store.rows import StoredBlock

KERNEL_NAME: Final = "effecttalk"
# No server limits the rate and no notebook has to hold the output: a terminal takes megabytes.
UNLIMITED_SETTINGS: Final = {
    "EFFECTTALK_INLINE_HEAD_BYTES": "8000000",
    "EFFECTTALK_MAX_BLOCK_OUTPUT_SIZE": "80000000",
    "EFFECTTALK_DATA_RATE_LIMIT": "1e9",
    "EFFECTTALK_MESSAGE_RATE_LIMIT": "1e6",
}
# The kernel itself limits the shell's start-up files by `process_spawn_timeout`.
START_SECONDS: Final = 120.0
# Interval of the checks that the kernel is alive while a block prints nothing.
POLL_MILLISECONDS: Final = 1_000
END_OF_FILE: Final = "\x04"
READ_BYTES: Final = 1_024
MISSING_STATUS: Final = 1


class RerunError(EffectTalkError):
    """The block cannot be run again; the message says why and what to do."""


def rerun_block(block: StoredBlock, *, has_state: bool) -> int:
    """Run *block* again, print its output, and return its exit status, 1 if it has none.

    *has_state* says whether the state before the block is in the store.

    Raises:
        RerunError: the block cannot be run.

    """
    environment = {**UNLIMITED_SETTINGS, **os.environ, **_read_terminal_size()}
    for name in (NOTEBOOK, OWN_NOTEBOOK):  # the new kernel does not run a notebook
        environment.pop(name, None)
    if PYTHONPATH in environment:  # in a cell, whose user may have set these for other programs
        environment |= {"PYTHONPATH": environment[PYTHONPATH]}
        environment.pop("PYTHONHOME", None)
    if has_state:
        environment[RESUME] = f"{block.session}-{block.number - 1}"
    else:
        click.echo(
            f"effecttalk: the state before block {block.identity} is not stored; it runs in a new"
            f" shell in {block.cwd or 'this directory'}",
            err=True,
        )
    with _start_kernel(environment, _find_directory(block)) as (manager, client):
        return _BlockRun(manager, client, block.code).follow()


def _find_directory(block: StoredBlock) -> str:
    directory = unescape_value(block.cwd) or str(Path.cwd())
    if not Path(directory).is_dir():
        raise RerunError(
            f"the directory of block {block.identity}, {block.cwd}, does not exist: create it, or"
            f" copy the command from `effecttalk blocks show {block.identity}`"
        )
    return directory


def _read_terminal_size() -> dict[str, str]:
    """Return the settings that give the block's terminals the size of this one."""
    if not sys.stdout.isatty():
        return {}
    size = get_terminal_size()
    return {"EFFECTTALK_COLUMNS": str(size.columns), "EFFECTTALK_ROWS": str(size.lines)}


@contextmanager
def _start_kernel(
    environment: Mapping[str, str], directory: str
) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """Start a kernel that ends with the scope and with this process."""
    manager = KernelManager(kernel_name=KERNEL_NAME)
    try:
        manager.start_kernel(env=dict(environment), cwd=directory)
    except NoSuchKernel:
        raise RerunError(
            f"Jupyter finds no kernel {KERNEL_NAME!r}: install effecttalk-kernel in {sys.prefix}"
        ) from None
    try:
        client = manager.client()
        client.start_channels(hb=False)
        try:
            client.wait_for_ready(timeout=START_SECONDS)
            yield manager, client
        except RuntimeError as error:
            raise RerunError(f"the kernel did not start: {error}") from error
        finally:
            client.stop_channels()
    finally:
        manager.shutdown_kernel()
        manager.cleanup_resources()


class _BlockRun:
    """One block that runs in a kernel."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient, code: str) -> None:
        self._manager = manager
        self._client = client
        self._printer = Printer()
        self._record: Mapping[str, Any] = {}
        self._is_idle = False
        self._poller = zmq.Poller()
        for channel in (client.iopub_channel, client.stdin_channel):
            self._poller.register(channel.socket, zmq.POLLIN)
        can_answer = sys.stdin is not None and sys.stdin.isatty()
        self._request = client.execute(code, allow_stdin=can_answer)

    def follow(self) -> int:
        """Print the output until the block ends, and return its exit status."""
        with _catch_interrupts() as interrupts:
            self._poller.register(interrupts, zmq.POLLIN)
            while not self._is_idle:
                self._handle_next(interrupts)
        self._printer.finish()
        status = self._record.get("exit_status")
        return status if isinstance(status, int) else MISSING_STATUS

    def _handle_next(self, interrupts: int) -> None:
        ready = dict(self._poller.poll(POLL_MILLISECONDS))
        if interrupts in ready:
            os.read(interrupts, READ_BYTES)
            self._manager.interrupt_kernel()
        # Output before a question was printed first.
        if self._client.iopub_channel.socket in ready:
            self._show_message(self._client.get_iopub_msg(timeout=0))
        elif self._client.stdin_channel.socket in ready:
            self._answer_question(self._client.get_stdin_msg(timeout=0)["content"])
        elif not ready and not self._manager.is_alive():
            raise RerunError("the kernel died while the block ran")

    def _show_message(self, message: Mapping[str, Any]) -> None:
        if message["parent_header"].get("msg_id") != self._request:
            return
        content = message["content"]
        match message["msg_type"]:
            case "status":
                self._is_idle = content["execution_state"] == "idle"
            case "stream":
                self._printer.add_text(content["name"], content["text"])
            case "clear_output":
                self._printer.clear()
            case "display_data" | "update_display_data" if MIME_TYPE in content["data"]:
                self._record = content["data"][MIME_TYPE]
            case "display_data":
                self._printer.add_text("stdout", describe_display(content["data"]))
            case "error":
                self._printer.add_line(f"effecttalk: {content['evalue']}")

    def _answer_question(self, question: Mapping[str, Any]) -> None:
        """Send what the user types behind the prompt."""
        read: Callable[[str], str] = getpass if question["password"] else input
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self._client.input(read(question["prompt"]))
        except EOFError:
            self._client.input(END_OF_FILE)
        except KeyboardInterrupt:
            self._manager.interrupt_kernel()
        finally:
            signal.signal(signal.SIGINT, handler)


@contextmanager
def _catch_interrupts() -> Iterator[int]:
    """Yield a descriptor that is readable after the user has pressed Ctrl-C.

    A KeyboardInterrupt could be raised anywhere and lose the message that the block has ended.
    """
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    handler = signal.signal(signal.SIGINT, lambda *_: os.write(writer, b"!"))
    try:
        yield reader
    finally:
        signal.signal(signal.SIGINT, handler)
        os.close(reader)
        os.close(writer)


def describe_display(data: Mapping[str, Any]) -> str:
    """Return a line that stands for a picture, a table or other rich output."""
    if "text/plain" in data:
        return f"{data['text/plain']}\n"
    return f"[{', '.join(sorted(data))}]\n"
