"""Prompt hooks: what a shell runs before a prompt (PROMPT_COMMAND, PS1), from outside.

While hooks run, the kernel is the terminal that they talk to: it answers queries, and gives
end of file to a hook that reads something else. The shell whose hook does not end is killed:
after an interrupt bash would run the same hook again. The next shell does not run it.
"""

import asyncio
import re
import signal
import time
from collections.abc import Callable
from typing import Final, Protocol

from effecttalk_kernel.shell.callbacks import Callbacks, Timer
from effecttalk_kernel.shell.dialects.bash import JOB_ENDING, JOB_STATE
from effecttalk_kernel.shell.process import ShellProcess
from effecttalk_kernel.shell.terminal import Terminal, TerminalSize
from effecttalk_kernel.shell.terminal_queries import QueryReader
from effecttalk_kernel.shell.waiting_process import WaitEvidence, WaitingProcess

LOOK_SECONDS: Final = 0.05
# A prompt in a large repository takes seconds.
LONGEST_SECONDS: Final = 10.0
# The keys for a hook that reads what the terminal does not send: a second one for programs that
# read single keys, to which end of file is a key like others.
LINE_END: Final = b"\n"
MAX_ENDS_OF_FILE: Final = 3
MOST_SHOWN: Final = 2_000
SHOWN_HOOK: Final = 80
ESCAPE: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])"
)
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
JOB_NOTICE: Final = re.compile(
    (b"^" + JOB_STATE % rb"\d+" + b"(?:" + JOB_ENDING + rb"|\Z)").decode(), re.MULTILINE
)


class IdleShell(Protocol):
    """What the hooks' terminal needs from the shell that runs them."""

    process: ShellProcess

    def follow(self, listener: Callable[[bytes], None] | None) -> None:
        """Pass what is written to the terminals to *listener*, None to stop."""

    def read_terminals(self) -> None:
        """Pass on what was written to the terminals so far."""

    def read_marks(self) -> None:
        """Handle what the shell has reported so far."""

    def find_waiting_process(self) -> WaitingProcess | None:
        """Return the process that waits for input from the terminal."""


class PromptHooks:
    """The hooks of one shell's prompt."""

    def __init__(
        self, shell: IdleShell, nonce: str, size: TerminalSize, callbacks: Callbacks
    ) -> None:
        self._shell = shell
        self._callbacks = callbacks
        # What the shell prints before and after the output of PROMPT_COMMAND.
        self._beginning, self._end = (
            f"\x1b]133;{kind};{nonce};;{nonce}\a".encode() for kind in "PH"
        )
        self._size = size
        self._queries = QueryReader(size)
        self._timer: Timer | None = None
        self._ended = asyncio.Event()
        self._ended.set()
        self._written = b""
        self._message = ""
        self._shown = ""
        self._problem = ""
        self._deadline = float("inf")
        self._ends_of_file = 0
        self.is_expected = False
        self.current = ""  # the text of the hook that runs

    @property
    def is_running(self) -> bool:
        """Whether hooks run, or start-up files."""
        return not self._ended.is_set()

    def begin(self) -> None:
        """Be the terminal of what the shell runs now."""
        self.is_expected = False
        self.current, self._written = "", b""
        self._ends_of_file = 0
        self._deadline = float("inf")
        if self._ended.is_set():
            self._ended.clear()
            self._queries = QueryReader(self._size)
            self._shell.follow(self._take)
            self._look_soon()

    def note(self, text: str) -> None:
        """Note that the shell begins to run the hook *text*; "": hooks will follow."""
        if text:
            self.current = text
            self._deadline = time.monotonic() + LONGEST_SECONDS
        else:
            self.is_expected = True

    def end(self) -> None:
        """Note that the last hook has ended."""
        if not self.is_running:
            return
        self._shell.read_terminals()
        self.stop()
        written = self._written.rpartition(self._beginning)[2].partition(self._end)[0]
        self._message = _visible(written) if self.current else ""
        self.current = ""
        self._terminal.reset()  # what was typed for a hook is not a command

    def stop(self) -> None:
        """Stop watching; called again, do nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._ended.is_set():
            self._shell.follow(None)
            self._ended.set()

    async def wait(self) -> None:
        """Wait until no hook runs, or the shell has ended."""
        await self._ended.wait()

    @property
    def fault(self) -> str:
        """What the hook that runs did, if it was the end of the shell; "" if no hook runs."""
        return self.current and (self._problem or f"{describe(self.current)} ended the shell")

    def take_message(self) -> str:
        """Return what the hooks printed, unless they print it after each block."""
        message, self._message = self._message, ""
        if not message.strip() or message == self._shown:
            return ""
        self._shown = message
        return f"printed between the blocks:\n{message.rstrip()}"

    @property
    def _terminal(self) -> Terminal:
        return self._shell.process.terminal

    def _take(self, data: bytes) -> None:
        self._written = (self._written + data)[-MOST_SHOWN:]
        if answers := self._queries.feed(data):
            self._ends_of_file = 0
            self._terminal.write(answers)

    def _look_soon(self) -> None:
        self._timer = self._callbacks.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._shell.read_terminals()  # an answer may be on its way
        waiting = self._shell.find_waiting_process()
        # A shell that has ended its hooks waits for its next line, and has told so before.
        self._shell.read_marks()
        if not self.is_running:
            return
        self._look_soon()
        reads = waiting is not None and self._reads(waiting)
        if reads and self._ends_of_file < MAX_ENDS_OF_FILE:
            self._end_of_file()
        elif (reads and self.current) or time.monotonic() > self._deadline:
            self._kill(is_reading=reads)

    def _reads(self, waiting: WaitingProcess) -> bool:
        """Return whether a process waits for a line or a key, and not with a limit of its own."""
        is_limited = waiting.evidence is not WaitEvidence.READS
        return not is_limited or self._terminal.line_discipline().is_canonical

    def _end_of_file(self) -> None:
        self._ends_of_file += 1
        if self._terminal.line_discipline().is_canonical or self._ends_of_file == 1:
            self._terminal.write(self._terminal.line_discipline().end_of_file_key)
        else:
            self._terminal.write(LINE_END)

    def _kill(self, *, is_reading: bool) -> None:
        """Kill the shell, and the program that its hook has started."""
        self._deadline = float("inf")
        did = "waits for input" if is_reading else f"took longer than {LONGEST_SECONDS:g} s"
        self._problem = f"{describe(self.current)} {did}"
        process = self._shell.process
        if process.terminal.foreground() != process.pid:
            process.send_to_foreground(signal.SIGKILL)
        process.send(signal.SIGKILL)


def describe(hook: str) -> str:
    """Return how messages name the hook with this text."""
    line = hook.split("\n", maxsplit=1)[0]
    short = line if line == hook and len(line) <= SHOWN_HOOK else f"{line[:SHOWN_HOOK]}…"
    return f"the hook {short!r} of the prompt"


def _visible(written: bytes) -> str:
    text = ESCAPE.sub("", written.decode(errors="replace").replace("\r\n", "\n"))
    return CONTROL.sub("", JOB_NOTICE.sub("", text))
