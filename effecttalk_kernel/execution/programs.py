"""Programs: whether the session's shell would find one that is to run a block's code."""

import os
import shlex
import shutil
from functools import lru_cache

from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.session.session import ShellSession


async def check_program(command: str, session: ShellSession) -> None:
    """See that the program of a command line is there.

    Raises:
        OptionError: it is not.

    """
    program = _program(command)
    if "/" in program:
        is_there, where = _is_program(session.cwd, program), session.cwd
    else:
        # The shell may just be telling its state after the last block: who is there
        # in the one before need not wait for it.
        is_there = _is_in(_search_path(session.known_state), program)
        is_there = is_there or _is_in(_search_path(await session.snapshot()), program)
        where = "PATH"
    if not is_there:
        raise OptionError(
            f"option 'shell' can't be {command!r}: there is no program {program} in {where}"
        )


@lru_cache(maxsize=16)
def _program(command: str) -> str:
    return shlex.split(command)[0]


def _is_program(directory: str, name: str) -> bool:
    name = os.path.expanduser(name)  # noqa: PTH111 # ten times as fast, before every block
    return bool(shutil.which(os.path.join(directory, name)))  # noqa: PTH118


def _is_in(path: str, program: str) -> bool:
    return bool(shutil.which(program, path=path))


@lru_cache(maxsize=1)
def _search_path(state: bytes) -> str:
    # Not at start: few blocks have a program of their own.
    from effecttalk_kernel.bash_quoting import declarations
    from effecttalk_kernel.shell.dialects.bash_parts import split

    values = (each.value for each in declarations(split(state)[0]) if each.name == b"PATH")
    return (next(values, None) or b"").decode(errors="surrogateescape")
