"""Every command in the tables of lazy groups can be loaded."""

import click
import pytest

from effecttalk_kernel.cli.lazy import LazyGroup
from effecttalk_kernel.cli.root import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_of_the_table_loads_with_its_subcommands(name: str) -> None:
    command = COMMANDS[name].load()
    assert isinstance(command, click.Command)
    if isinstance(command, LazyGroup):
        assert all(isinstance(each.load(), click.Command) for each in command.table.values())
