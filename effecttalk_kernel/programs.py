"""Programs: whether the session's shell would find one that is to run a block's code."""

import os
import shlex
import shutil
from pathlib import Path

from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.session.session import Session


async def check_program(command: str, session: Session) -> None:
    """See that the program of a command line is there.

    Raises:
        OptionError: it is not.

    """
    program = shlex.split(command)[0]
    if "/" in program:
        is_there, where = _is_program(session.cwd, program), session.cwd
    else:
        is_there, where = bool(shutil.which(program, path=await _search_path(session))), "PATH"
    if not is_there:
        raise OptionError(
            f"option 'shell' can't be {command!r}: there is no program {program} in {where}"
        )


def _is_program(directory: str, name: str) -> bool:
    path = Path(directory) / Path(name).expanduser()
    return path.is_file() and os.access(path, os.X_OK)


async def _search_path(session: Session) -> str:
    # Not at start: few blocks have a program of their own.
    from effecttalk_kernel.shell.dialects.bash_changes import declared

    statement = declared(await session.snapshot(), ["PATH"])["PATH"]
    # declare -x PATH="/usr/bin:/bin"
    word = shlex.split(statement)[-1] if statement else ""
    return word.partition("=")[2]
