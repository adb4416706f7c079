"""Helper shell: a short-lived shell that answers one question about the session.

It restores a snapshot and answers; then its whole process group is killed, whatever the
snapshot has started. It has no terminal, and reads and writes only files in memory: there is
no pipe to drain, and a background process that keeps the output open does not delay it.
"""

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.shell.dialects.bash import unassignable_variables

LARGEST_OUTPUT_BYTES: Final = 1024 * 1024
HERE: Final = Path(__file__).parent
# Variables that act before the first command: files to source, options such as -n.
OBEYED: Final = frozenset({"BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "POSIXLY_CORRECT"})


class HelperError(EffectTalkError):
    """A helper shell has not answered; the message says why."""


class HelperTimeoutError(HelperError):
    """A helper shell took too long and was killed."""


@dataclass(frozen=True, slots=True)
class SessionContext:
    """The facts about the session that a helper shell needs."""

    shell: str
    """Path or name of bash."""
    snapshot: bytes
    """The script that restores the session's state; may be empty."""
    cwd: str
    """The absolute working directory; if it is gone, that of the snapshot is used."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The environment of the session's first shell; the snapshot has what bash can restore."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a helper shell wrote, at most LARGEST_OUTPUT_BYTES each, and how it ended."""

    output: bytes
    errors: bytes
    exit_status: int


async def ask(
    context: SessionContext,
    script_name: str,
    *arguments: str,
    stdin: bytes = b"",
    timeout_seconds: float = 2.0,
) -> Answer:
    """Return the answer of the script *script_name* in *context*.

    Raises:
        HelperError: the shell did not start, or did not end within *timeout_seconds*.

    """
    with _memory_file("snapshot", context.snapshot) as snapshot:
        argv = [
            context.shell,
            *("--norc", "--noprofile"),
            str(HERE / "helper_shell.sh"),
            str(HERE / script_name),
            f"/dev/fd/{snapshot}",
            context.cwd,
            *arguments,
        ]
        environment = context.environment
        if context.snapshot:
            environment = unassignable_variables(environment)
        return await run(
            argv,
            environment=environment,
            stdin=stdin,
            inherited=(snapshot,),
            timeout_seconds=timeout_seconds,
        )


async def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    inherited: Sequence[int] = (),
    timeout_seconds: float = 2.0,
) -> Answer:
    """Run the program *argv*, and kill its process group before returning its answer.

    Raises:
        HelperError: it did not start, or did not end within *timeout_seconds*.

    """
    with ExitStack() as files:
        given = (
            files.enter_context(_memory_file("stdin", stdin))
            if stdin
            else asyncio.subprocess.DEVNULL
        )
        output = files.enter_context(_memory_file("stdout"))
        errors = files.enter_context(_memory_file("stderr"))
        process = await _start(
            argv,
            stdin=given,
            stdout=output,
            stderr=errors,
            pass_fds=inherited,
            env={name: value for name, value in environment.items() if name not in OBEYED},
        )
        exit_status = await _finish(process, timeout_seconds)
        return Answer(_content(output), _content(errors), exit_status)


async def _start(argv: Sequence[str], **options: object) -> asyncio.subprocess.Process:
    try:
        encoded = [word.encode(errors="surrogateescape") for word in argv]
        return await _spawn(encoded, **options)
    except (OSError, ValueError) as error:  # not found, too long, NUL, lone surrogate
        raise HelperError(f"cannot start {argv[0]!r}: {error}") from error


async def _spawn(argv: Sequence[bytes], **options: object) -> asyncio.subprocess.Process:
    """Start *argv* in a new session; in /, because the kernel's directory may be gone."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(*argv, cwd="/", start_new_session=True, **options)  # type: ignore[arg-type]
    )
    # If asyncio is cancelled while it starts a process, it kills only this process, and not
    # those that it may have started.
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting)
        raise


async def _finish(process: asyncio.subprocess.Process, timeout_seconds: float) -> int:
    """Wait for the end and return the exit status; kill the process group in any case."""
    try:
        async with asyncio.timeout(timeout_seconds):
            return await process.wait()
    except TimeoutError:
        raise HelperTimeoutError(f"helper shell: no answer within {timeout_seconds:g} s") from None
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the process group and reap its leader.

    Background processes may be left even after success. While one of them is alive, Linux does
    not reuse the group's number.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())


@contextmanager
def _memory_file(name: str, content: bytes = b"") -> Iterator[int]:
    """Open a file in memory that holds *content*, positioned at its beginning."""
    fd = os.memfd_create(f"effecttalk-{name}")
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(fd, rest) :]
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)


def _content(fd: int) -> bytes:
    return os.pread(fd, LARGEST_OUTPUT_BYTES, 0)
