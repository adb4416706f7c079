"""Lazy: groups of commands whose modules are imported when one of them runs.

`--help` and completion need only their names and a line about each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import click
from click.shell_completion import CompletionItem


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command is, `module:attribute`, and the first line of its help."""

    place: str
    summary: str
    hidden: bool = False

    def load(self) -> click.Command:
        """Return the command."""
        module, _, attribute = self.place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class LazyGroup(click.Group):
    """A group that knows of its commands where they are."""

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
        found = self.table.get(cmd_name)
        return None if found is None else found.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands into the help without importing them. Called by click."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, each.summary) for name, each in self.table.items() if not each.hidden]
            )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what could stand here without importing the commands. Called by click."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=command.summary)
            for name, command in self.table.items()
            if name.startswith(incomplete) and not command.hidden
        ]
