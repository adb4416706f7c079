"""Spawn: start a shell, with its directory and its start script."""

import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from effecttalk_kernel.errors import ShellStartError
from effecttalk_kernel.shell.dialects import bash
from effecttalk_kernel.shell.process import ShellProcess
from effecttalk_kernel.shell.resource_limits import ResourceLimits
from effecttalk_kernel.shell.shell import Shell
from effecttalk_kernel.shell.terminal import TerminalSize


@dataclass(frozen=True, slots=True)
class ShellOptions:
    """How a shell is started."""

    program: str
    load_rc: bool
    size: TerminalSize
    environment: Mapping[str, str]
    cwd: str
    limits: ResourceLimits = field(default_factory=ResourceLimits)


def spawn(
    options: ShellOptions, *, restore: bytes = b"", broken_hooks: Sequence[str] = ()
) -> Shell:
    """Start a shell and let it read its start script; return before it is ready.

    *restore* is the state that it restores. Hooks of its prompt that begin with one of
    *broken_hooks* do not run.

    Raises:
        ShellStartError: no such program, no terminal, no process, or no descriptor is left.
        TerminalError: no pseudo-terminal is free.

    """
    program = shutil.which(options.program, path=options.environment.get("PATH"))
    if program is None:
        raise ShellStartError(
            f"the shell {options.program!r} was not found: install it, or set Settings.shell or"
            " the variable EFFECTTALK_SHELL to another one"
        )
    environment = options.environment
    if restore:  # which restores all variables that it can
        environment = bash.unassignable_variables(environment)
    with ExitStack() as on_failure:
        process = ShellProcess.spawn(
            bash.arguments(program), environment, options.cwd, options.size
        )
        on_failure.callback(process.close)
        on_failure.callback(process.send, signal.SIGKILL)
        options.limits.impose(process.pid)
        try:
            shell = Shell(process, options.size)
            on_failure.callback(shell.close)
            shell.begin(restore, load_rc=options.load_rc, broken_hooks=broken_hooks)
        except OSError as error:
            raise ShellStartError(
                f"cannot open the pipes of a shell ({error.strerror}): raise the limit of open"
                " files, or end programs that use much memory"
            ) from error
        on_failure.pop_all()
    return shell
