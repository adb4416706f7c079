"""Exchange: sessions as notebooks, and notebooks as sessions."""

import os
import secrets
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from effecttalk_kernel.cli.completers import SESSION
from effecttalk_kernel.cli.context import directory_of, read_settings

STREAM: Final = "-"
FILE: Final = click.Path(dir_okay=False, allow_dash=True)


@click.command()
@click.argument("session", type=SESSION)
@click.argument("file", type=FILE, metavar="FILE.ipynb")
@click.option("--force", is_flag=True, help="Replace FILE.ipynb if it exists.")
def export(session: str, file: str, *, force: bool) -> None:
    """Write a session as a notebook.

    It has a cell for each block and runs again. FILE.ipynb may be `-`: standard output.
    """
    import nbformat

    from effecttalk_kernel.journal.notebooks.exporter import export_notebook
    from effecttalk_kernel.store.database import opened
    from effecttalk_kernel.store.sessions import find_session

    path = Path(file)
    if file != STREAM and path.exists() and not force:
        raise click.ClickException(f"{file} exists: give another name, or --force to replace it")
    with opened(read_settings().data_directory) as connection:
        notebook = export_notebook(connection, find_session(connection, session))
    text = nbformat.writes(notebook) + "\n"
    if file == STREAM:
        click.echo(text.encode(errors="replace"), nl=False)
    else:
        _write(path, text)


@click.command("import")
@click.argument("file", type=FILE, metavar="FILE.ipynb")
def import_(file: str) -> None:
    """Keep a notebook as a session.

    Prints the identity of the session. FILE.ipynb may be `-`: standard input.
    """
    from effecttalk_kernel.journal.notebooks.importer import import_notebook
    from effecttalk_kernel.safety.masker import Masker
    from effecttalk_kernel.store.database import opened

    settings = read_settings()
    text = _read(file)
    with opened(settings.data_directory, may_create=True) as connection:
        session = import_notebook(
            connection,
            text,
            masker=Masker(settings, os.environ),
            notebook="" if file == STREAM else directory_of(file),
            most_bytes=settings.max_session_size,
            now=time.time(),
        )
    click.echo(session.id)


def _read(file: str) -> str:
    data = sys.stdin.buffer.read() if file == STREAM else Path(file).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is no notebook: it is no UTF-8 text") from error


def _write(path: Path, text: str) -> None:
    """Replace *path* as a whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
        unfinished.replace(path)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
