"""`effecttalk attach`: run a program with all its streams on one terminal."""

import os

import click


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def attach(command: tuple[str, ...]) -> None:
    """Run a full-screen program in a cell.

    Standard input, output and error of COMMAND are one terminal. A cell with a line that begins
    with `effecttalk attach` runs on one terminal as a whole.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(terminal, descriptor)
        os.execvp(command[0], command)  # noqa: S606 # running COMMAND is the purpose
    except OSError as error:
        raise click.ClickException(f"{error.filename or command[0]}: {error.strerror}") from error
