"""Groups of commands that import the module of a command only when it runs.

`--help` and completion need only the names and a line about each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import click
from click.shell_completion import CompletionItem


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command is defined, as `module:attribute`, and the first line of its help."""

    target: str
    summary: str
    hidden: bool = False

    def load(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class LazyGroup(click.Group):
    """A group whose table says where its commands are defined."""

    def __init__(
        self,
        *,
        table: Mapping[str, Command],
        summary: str,
    ) -> None:
        super().__init__(help=summary, context_settings={"help_option_names": ["-h", "--help"]})
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table. Called by click."""
        return [*self.table]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command. Called by click."""
        command = self.table.get(cmd_name)
        return None if command is None else command.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Add the commands to the help without importing them. Called by click."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, each.summary) for name, each in self.table.items() if not each.hidden]
            )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the matching commands without importing them. Called by click."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=command.summary)
            for name, command in self.table.items()
            if name.startswith(incomplete) and not command.hidden
        ]
