"""Helper: a short-lived shell beside the session that answers one question.

It restores a snapshot, answers, and is gone with its whole process group, whatever
the snapshot holds.  It has no terminal, and all it reads and writes are files in
memory: nobody has to drain a pipe, and a background process that keeps its output
open delays nothing.
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

LARGEST_OUTPUT_BYTES: Final = 1024 * 1024
HERE: Final = Path(__file__).parent
# What bash obeys before its first command: a file to source, options such as -n.
OBEYED: Final = frozenset({"BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "POSIXLY_CORRECT"})


class HelperError(EffectTalkError):
    """A helper shell gave no answer; the message says why."""


class HelperTimeoutError(HelperError):
    """A helper shell took too long and was killed."""


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What a helper shell needs to know of the session."""

    shell: str
    """Path or name of bash."""
    snapshot: bytes
    """Script that restores the session's state; may be empty."""
    cwd: str
    """Directory to work in, absolute; where it is gone, the snapshot's."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The environment when the snapshot is empty; a snapshot brings its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a helper shell wrote, each at most LARGEST_OUTPUT_BYTES, and how it ended."""

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
    """Return what the script *script_name* of this room answers in *context*.

    Raises:
        HelperError: the shell did not start, or not end within *timeout_seconds*.

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
        environment = {} if context.snapshot else context.environment
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
    """Return what the program *argv* answers; its process group does not outlive the call.

    Raises:
        HelperError: it did not start, or not end within *timeout_seconds*.

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
    """Start *argv* in a session of its own; its cwd is its own affair, ours may be gone."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(*argv, cwd="/", start_new_session=True, **options)  # type: ignore[arg-type]
    )
    # asyncio, cancelled while it starts a process, kills that one but not what
    # that one may have started by now.
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting)
        raise


async def _finish(process: asyncio.subprocess.Process, timeout_seconds: float) -> int:
    """Return the exit status; on time-out or cancellation the group is killed first."""
    try:
        async with asyncio.timeout(timeout_seconds):
            return await process.wait()
    except TimeoutError:
        raise HelperTimeoutError(f"helper shell: no answer within {timeout_seconds:g} s") from None
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the process group and reap its leader; after success there is what was left behind.

    While such a process lives, its group's number is not given to anybody else.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())


@contextmanager
def _memory_file(name: str, content: bytes = b"") -> Iterator[int]:
    """Open a file in memory that holds *content* and is read from its start."""
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
