"""Run specs: how the block of a cell is to run, by its options and the settings."""

import os
import re
import shlex
import shutil
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.block import InputPolicy, RunSpec
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.output.terminal.limit import TEXT_SHARE, largest_size
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.shell.dialects.bash import Snapshot

if TYPE_CHECKING:
    from effecttalk_kernel.execution.options import BlockOptions

# This command runs a program on the terminal, so its whole block is connected to it.
ATTACH_COMMAND: Final = re.compile(r"^[ \t]*effecttalk[ \t]+attach\b", re.MULTILINE)
NO_FRONT_END: Final = (
    "a block with `tty: true` or `effecttalk attach` needs an interactive front end, such as"
    " JupyterLab"
)


def make_run_spec(
    code: str,
    options: "BlockOptions | None",
    settings: Settings,
    *,
    is_interactive: bool,
    session_cwd: str,
) -> RunSpec:
    """Return how a block is to run; *session_cwd* is the session's directory.

    Raises:
        OptionError: the block cannot run so here.

    """
    tty = bool((options is not None and options.tty) or ATTACH_COMMAND.search(code))
    if tty and not is_interactive:
        raise OptionError(NO_FRONT_END)
    policy = _make_input_policy(options, settings, is_interactive=is_interactive)
    timeout = settings.max_process_timeout or None
    if options is None:
        return RunSpec(policy, tty, settings.open_terminal, settings.stderr == "merged", timeout)
    if tty and options.mime:
        raise OptionError("`effecttalk attach` and 'mime' cannot be combined")
    return RunSpec(
        input=policy,
        tty=tty,
        opens_terminal=settings.open_terminal and options.tty is None,
        is_merged=(options.stderr or settings.stderr) == "merged" and not options.mime,
        timeout_seconds=options.timeout or timeout,
        expected=options.expected,
        name=options.name or "",
        is_strict=options.errexit,
        cwd="" if options.cwd is None else _resolve_directory(options.cwd, session_cwd),
        env=options.env,
        is_background=options.background,
        program=options.shell or "",
        mime=options.mime or "",
        output_limit=_check_output_limit(options.output_limit, settings),
    )


def _check_output_limit(size: int | None, settings: Settings) -> int | None:
    largest = largest_size(settings.max_block_output_size // TEXT_SHARE)
    if size is not None and size > largest:
        raise OptionError(
            f"invalid value {size:,} bytes for option 'output-limit': with max_block_output_size"
            f" {settings.max_block_output_size:,} the largest is {largest:,}"
        )
    return size


def _resolve_directory(name: str, session_cwd: str) -> str:
    path = Path(session_cwd) / Path(name).expanduser()
    if not path.is_dir():
        raise OptionError(f"invalid value {name!r} for option 'cwd': there is no directory {path}")
    return str(path)


def _make_input_policy(
    options: "BlockOptions | None", settings: Settings, *, is_interactive: bool
) -> InputPolicy:
    given = "" if is_interactive else settings.headless_answers
    if options is not None and options.stdin is not None:
        given = options.stdin
    return InputPolicy(
        is_interactive=is_interactive,
        given=tuple(given.removesuffix("\n").split("\n")) if given else (),
        fails=settings.headless_policy == "fail" and not is_interactive,
    )


async def check_program(command: str, session: ShellSession) -> None:
    """Check that the session's shell finds the program of a command line.

    Raises:
        OptionError: it does not.

    """
    program = _read_program(command)
    if "/" in program:
        is_found, where = _is_program(session.cwd, program), session.cwd
    else:
        # The shell may just be writing its state after the last block. There is no need to
        # wait for that if the state before it has the program.
        is_found = _is_on_path(_read_search_path(session.known_state), program)
        is_found = is_found or _is_on_path(_read_search_path(await session.state()), program)
        where = "PATH"
    if not is_found:
        raise OptionError(
            f"invalid value {command!r} for option 'shell': there is no program {program} in"
            f" {where}"
        )


@lru_cache(maxsize=16)
def _read_program(command: str) -> str:
    return shlex.split(command)[0]


def _is_program(directory: str, name: str) -> bool:
    name = os.path.expanduser(name)  # noqa: PTH111 # ten times as fast, before every block
    return bool(shutil.which(os.path.join(directory, name)))  # noqa: PTH118


def _is_on_path(path: str, program: str) -> bool:
    return bool(shutil.which(program, path=path))


def _read_search_path(state: Snapshot) -> str:
    # Imported here: few blocks have a program of their own.
    from effecttalk_kernel.bash_quoting import declarations
    from effecttalk_kernel.shell.dialects.bash_parser import find_variable

    found = [each.value for each in declarations(find_variable(state.parts[0], b"PATH") or b"")]
    return ((found and found[0]) or b"").decode(errors="surrogateescape")
