"""Spawn: start a shell, with its directory and its start script."""

import os
import shutil
import signal
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

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


def spawn(options: ShellOptions, directory: Path, *, restore: bytes = b"") -> Shell:
    """Start a shell and let it read its start script; return before it is ready.

    Its files are in *directory*; *restore* is the state that it restores.

    Raises:
        ShellStartError: no such program, no terminal, or *directory* is not writable.
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
            directory.mkdir(mode=0o700)
            on_failure.callback(shutil.rmtree, directory, ignore_errors=True)
            shell = Shell(process, directory, options.size)
            on_failure.callback(shell.close)
            state, return_trap = bash.split_return_trap(restore)
            script = _write_start_script(shell, directory, options, state)
            if return_trap:
                _write_private(directory / "return_trap", return_trap)
        except OSError as error:
            raise ShellStartError(
                f"cannot write to {directory.parent} ({error.strerror}): free some space there,"
                " or set JUPYTER_RUNTIME_DIR to another directory"
            ) from error
        on_failure.pop_all()
    shell.begin(script, restore, directory / "return_trap" if return_trap else None)
    return shell


def _write_start_script(
    shell: Shell, directory: Path, options: ShellOptions, restore: bytes
) -> Path:
    restored, script = directory / "restore", directory / "start"
    if restore:
        _write_private(restored, restore)
    lines = bash.start_script(
        shell.places,
        shell.nonce,
        load_rc=options.load_rc,
        restore=str(restored) if restore else "",
    )
    _write_private(script, lines.encode(errors="surrogateescape"))
    return script


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
