"""Process: the shell's process and its control terminal.

ptyprocess forks, makes the child a session leader, and gives it the terminal as its
controlling terminal.
"""

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

from ptyprocess import PtyProcess, PtyProcessError

from effecttalk_kernel.errors import ShellStartError
from effecttalk_kernel.shell.terminal import Terminal, TerminalSize, open_slave

KILLED_BASE: Final = 128


@dataclass(frozen=True, slots=True)
class ProcessExit:
    """How a shell process ended; as in shells, 128 + n is the exit status for signal n."""

    exit_status: int
    by_signal: bool


def _prepare_child(cwd: str) -> None:
    """Reset the signals that the kernel ignores or blocks, and change to *cwd*.

    Python ignores SIGPIPE, a server in the background SIGINT and SIGQUIT, and one under nohup
    SIGHUP; bash passes what it inherits to each command.
    """
    for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        os.chdir(cwd)
    except OSError:  # it is gone; the root directory always exists
        os.chdir("/")


def _control_terminal(master: int) -> Terminal:
    with ExitStack() as on_failure:
        own = os.dup(master)
        on_failure.callback(os.close, own)
        slave = open_slave(master)
        on_failure.callback(os.close, slave)
        terminal = Terminal(own, slave, echo=True)
        on_failure.pop_all()
    return terminal


class ShellProcess:
    """A running shell and its control terminal; owns both."""

    def __init__(self, process: PtyProcess, terminal: Terminal) -> None:
        self._process = process
        self.terminal = terminal
        self.pid: int = process.pid
        try:
            self.pidfd = os.pidfd_open(self.pid)
        except OSError:
            terminal.close()
            raise

    @classmethod
    def spawn(
        cls, argv: Sequence[str], environment: Mapping[str, str], cwd: str, size: TerminalSize
    ) -> Self:
        """Start *argv* on a new control terminal.

        Raises:
            ShellStartError: the program is missing, or there is no terminal or process left.

        """
        try:
            process = PtyProcess.spawn(
                list(argv),
                env=dict(environment),
                dimensions=tuple(size),
                preexec_fn=partial(_prepare_child, cwd),
            )
        except OSError as error:
            raise ShellStartError(
                f"cannot start the shell {argv[0]!r} ({error.strerror or error}): set"
                " EFFECTTALK_SHELL to the path of a bash, or end programs that use much"
            ) from error
        process.delayafterclose = 0
        try:
            return cls(process, _control_terminal(process.fd))
        except OSError as error:
            process.close(force=True)
            raise ShellStartError(
                f"cannot open descriptors for the shell ({error.strerror}): raise the limit of"
                " open files"
            ) from error

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the shell only, and continue it if it is stopped."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)
            os.kill(self.pid, signal.SIGCONT)

    def send_to_foreground(self, number: signal.Signals) -> None:
        """Send a signal to the foreground process group, and continue it if it is stopped."""
        self._signal(number, (-self._foreground,))
        self._signal(signal.SIGCONT, (-self._foreground,))

    def stop(self) -> None:
        """Stop the shell only."""
        self._signal(signal.SIGSTOP, (self.pid,))

    def stop_foreground(self) -> None:
        """Stop the foreground process group."""
        self._signal(signal.SIGSTOP, (-self._foreground,))

    def go_on(self) -> None:
        """Continue both, the group first, so that the shell never sees it stopped."""
        self._signal(signal.SIGCONT, (-self._foreground, self.pid))

    @property
    def _foreground(self) -> int:
        return self.terminal.foreground() or self.pid

    @staticmethod
    def _signal(number: signal.Signals, pids: tuple[int, ...]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def ending(self) -> ProcessExit | None:
        """Reap the process: return how it ended, None while it runs."""
        try:
            if self._process.isalive():
                return None
        except PtyProcessError:  # something else in this process has reaped it
            return ProcessExit(KILLED_BASE + signal.SIGKILL, by_signal=True)
        if self._process.signalstatus is not None:
            return ProcessExit(KILLED_BASE + self._process.signalstatus, by_signal=True)
        return ProcessExit(self._process.exitstatus or 0, by_signal=False)

    def close(self) -> None:
        """Close the terminal; a process that still runs gets a hang-up."""
        self.terminal.close()
        if self.pidfd >= 0:
            pidfd, self.pidfd = self.pidfd, -1
            os.close(pidfd)
            self._process.fileobj.close()
            self._process.closed = True

    def __repr__(self) -> str:
        return f"<ShellProcess pid {self.pid} on {self.terminal.path}>"
