"""The `effecttalk` command: the table of its subcommands, and its error messages."""

import sys
from typing import Any, Final

import click

from effecttalk_kernel import __version__
from effecttalk_kernel.cli.lazy import LazyCommand, LazyGroup
from effecttalk_kernel.cli.text_format import escape

PACKAGE: Final = "effecttalk_kernel.cli"
COMMANDS: Final = {
    "sessions": LazyCommand(
        f"{PACKAGE}.sessions:sessions", "List, show, archive, delete, export and import sessions."
    ),
    "blocks": LazyCommand(f"{PACKAGE}.blocks:blocks", "List, show and rerun blocks."),
    "search": LazyCommand(f"{PACKAGE}.search:search", "Search the commands and outputs of blocks."),
    "undo": LazyCommand(f"{PACKAGE}.undo:undo", "Undo the last change of the shell's state."),
    "redo": LazyCommand(f"{PACKAGE}.undo:redo", "Redo a change that was undone."),
    "goto": LazyCommand(f"{PACKAGE}.undo:goto", "Restore the shell's state after a block."),
    "jobs": LazyCommand(f"{PACKAGE}.jobs:jobs", "List blocks that run in the background."),
    "wait": LazyCommand(f"{PACKAGE}.jobs:wait", "Wait until blocks in the background have ended."),
    "kill": LazyCommand(f"{PACKAGE}.jobs:kill", "End the processes of blocks in the background."),
    "output": LazyCommand(f"{PACKAGE}.output:output", "Print the full output of a block."),
    "stats": LazyCommand(
        f"{PACKAGE}.stats:stats", "Show how many blocks ran and failed, and the disk usage."
    ),
    "cache": LazyCommand(f"{PACKAGE}.cache:cache", "List and clear cached outputs."),
    "backup": LazyCommand(f"{PACKAGE}.backup:backup", "Make, list, check and restore backups."),
    "doctor": LazyCommand(f"{PACKAGE}.doctor:doctor", "Check the installation and suggest fixes."),
    "attach": LazyCommand(f"{PACKAGE}.attach:attach", "Run a full-screen program in a cell."),
    "completion": LazyCommand(
        f"{PACKAGE}.completion:completion", "Print a shell completion script."
    ),
    "maintain": LazyCommand(
        f"{PACKAGE}.backup:maintain", "Run the regular maintenance of the store now.", hidden=True
    ),
}


class Root(LazyGroup):
    """The `effecttalk` command, which turns errors into one line and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 # click's
        """Run the command that *ctx* names. Called by click."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except _import_user_errors() as error:
            _drop_unwritable_output()
            raise click.ClickException(escape(_describe_error(error))) from error
        return result


def _drop_unwritable_output() -> None:
    """Drop buffered output that cannot be written, which Python would try again at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout = None


def _import_user_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that get a message; called, and so imported, only after one."""
    import json
    import zlib

    from effecttalk_kernel.errors import EffectTalkError

    damage = zlib.error, json.JSONDecodeError
    return EffectTalkError, OSError, UnicodeEncodeError, *damage


def _describe_error(error: Exception) -> str:
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return f"{error.filename}: {reason}" if error.filename else reason
    if isinstance(error, UnicodeEncodeError):  # an argument that is given to SQLite
        return f"{error.object} is not UTF-8 text"
    if isinstance(error, ValueError) or type(error).__module__ == "zlib":
        return f"the stored data is damaged: {error}; see `effecttalk doctor`"
    return str(error)


main = click.version_option(__version__, prog_name="effecttalk")(
    Root(table=COMMANDS, summary="Inspect and manage EffectTalk sessions, blocks and backups.")
)
