"""Root: which commands there are, and how their errors are told."""

import sys
from typing import Any, Final

import click

from effecttalk_kernel import __version__
from effecttalk_kernel.cli.format import printable
from effecttalk_kernel.cli.lazy import Command, LazyGroup

PACKAGE: Final = "effecttalk_kernel.cli"
COMMANDS: Final = {
    "sessions": Command(f"{PACKAGE}.sessions:sessions", "List, show, keep and remove sessions."),
    "blocks": Command(f"{PACKAGE}.blocks:blocks", "List, show and rerun blocks."),
    "search": Command(f"{PACKAGE}.search:search", "Find blocks by words of command and output."),
    "undo": Command(f"{PACKAGE}.undo:undo", "Bring the shell's last state back."),
    "redo": Command(f"{PACKAGE}.undo:redo", "Take an undo back."),
    "goto": Command(f"{PACKAGE}.undo:goto", "Bring the state after a block back."),
    "jobs": Command(f"{PACKAGE}.jobs:jobs", "List blocks that run in the background."),
    "wait": Command(f"{PACKAGE}.jobs:wait", "Wait until blocks in the background have ended."),
    "kill": Command(f"{PACKAGE}.jobs:kill", "End what blocks run in the background."),
    "output": Command(f"{PACKAGE}.output:output", "Print all that a block wrote."),
    "stats": Command(f"{PACKAGE}.stats:stats", "Tell how much ran, failed and is kept."),
    "cache": Command(f"{PACKAGE}.cache:cache", "List and remove outputs that are shown again."),
    "backup": Command(f"{PACKAGE}.backup:backup", "Make, list, check and restore backups."),
    "doctor": Command(f"{PACKAGE}.doctor:doctor", "Check that all is well, and say what to do."),
    "attach": Command(f"{PACKAGE}.attach:attach", "Run a full-screen program in a cell."),
    "completion": Command(f"{PACKAGE}.completion:completion", "Print a shell's completion script."),
    "maintain": Command(
        f"{PACKAGE}.backup:maintain", "Do now what kernels do now and then.", hidden=True
    ),
}


class Root(LazyGroup):
    """The command itself: the edge where errors become one line and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 # click's
        """Run the command that *ctx* names. Called by click."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except _told_errors() as error:
            _drop_unwritable_output()
            raise click.ClickException(printable(_message(error))) from error
        return result


def _drop_unwritable_output() -> None:
    """Drop what standard output does not take: Python would fail to write it when it exits."""
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout = None  # type: ignore[assignment]


def _told_errors() -> tuple[type[Exception], ...]:
    """Return the errors that are for the user; their modules are imported when there is one."""
    import json
    import zlib

    from effecttalk_kernel.errors import EffectTalkError
    from effecttalk_kernel.store.errors import StoreError
    from effecttalk_kernel.store.spill.reader import SpillNotFoundError

    damage = zlib.error, json.JSONDecodeError
    return StoreError, SpillNotFoundError, EffectTalkError, OSError, UnicodeEncodeError, *damage


def _message(error: Exception) -> str:
    if isinstance(error, OSError):
        told = error.strerror or str(error)
        return f"{error.filename}: {told}" if error.filename else told
    if isinstance(error, UnicodeEncodeError):  # of an argument, on its way to SQLite
        return f"{error.object!r} is no UTF-8 text"
    if isinstance(error, ValueError) or type(error).__module__ == "zlib":
        return f"what is kept of it is damaged: {error}; see `effecttalk doctor`"
    return str(error)


main = click.version_option(__version__, prog_name="effecttalk")(
    Root(table=COMMANDS, summary="Work with what EffectTalk sessions keep.")
)
