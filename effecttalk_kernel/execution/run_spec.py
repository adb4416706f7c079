"""Manners: how the block of a cell is to run, by its options and the settings."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.block import InputPolicy, Manner
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.output.terminal.limit import TEXT_SHARE, largest_size

if TYPE_CHECKING:
    from effecttalk_kernel.execution.options import BlockOptions

# The command runs a program on the terminal; its whole block is there then.
ATTACH: Final = re.compile(r"^[ \t]*effecttalk[ \t]+attach\b", re.MULTILINE)
NOBODY_TYPES: Final = (
    "a block on one terminal (`tty: true`, `effecttalk attach`) needs a front end that can answer;"
    " there is none here"
)


def manner_of(
    code: str,
    options: "BlockOptions | None",
    settings: Settings,
    *,
    is_interactive: bool,
    here: str,
) -> Manner:
    """Return how a block is to run; *here* is the session's directory.

    Raises:
        OptionError: it can't run so here.

    """
    tty = bool((options is not None and options.tty) or ATTACH.search(code))
    if tty and not is_interactive:
        raise OptionError(NOBODY_TYPES)
    manner = Manner(
        policy=_input_policy(options, settings, is_interactive=is_interactive),
        tty=tty,
        is_merged=settings.stderr == "merged",
        timeout_seconds=settings.max_process_timeout or None,
    )
    if options is None:
        return manner
    if tty and options.mime:
        raise OptionError("a block on one terminal (`effecttalk attach`) has no 'mime'")
    seconds = options.timeout or manner.timeout_seconds
    merged = settings.stderr if options.stderr is None else options.stderr
    return replace(
        manner,
        is_merged=merged == "merged" and not options.mime,
        mime=options.mime or "",
        output_limit=_output_limit(options.output_limit, settings),
        timeout_seconds=seconds,
        expected=options.expected,
        name=options.name or "",
        cwd="" if options.cwd is None else _directory(options.cwd, here),
        env=options.env,
        is_strict=options.errexit,
        is_background=options.background,
        program=options.shell or "",
    )


def _output_limit(size: int | None, settings: Settings) -> int | None:
    largest = largest_size(settings.max_block_output_size // TEXT_SHARE)
    if size is not None and size > largest:
        raise OptionError(
            f"option 'output-limit' can't be {size:,} bytes: with max_block_output_size"
            f" {settings.max_block_output_size:,} the largest is {largest:,}"
        )
    return size


def _directory(name: str, here: str) -> str:
    path = Path(here) / Path(name).expanduser()
    if not path.is_dir():
        raise OptionError(f"option 'cwd' can't be {name!r}: there is no directory {path}")
    return str(path)


def _input_policy(
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
