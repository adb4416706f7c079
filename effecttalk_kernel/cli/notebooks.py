"""`effecttalk sessions export` and `import`: sessions as notebooks, notebooks as sessions."""

import os
import secrets
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from effecttalk_kernel.cli.completers import SESSION
from effecttalk_kernel.cli.context import read_settings, stored_path

STREAM: Final = "-"
FILE: Final = click.Path(dir_okay=False, allow_dash=True)


@click.command()
@click.argument("session", type=SESSION)
@click.argument("file", type=FILE, metavar="FILE.ipynb")
@click.option("--force", is_flag=True, help="Overwrite FILE.ipynb if it exists.")
def export(session: str, file: str, *, force: bool) -> None:
    """Export a session as a notebook.

    The notebook has a cell for each block and can be run. FILE.ipynb may be `-` for standard
    output.
    """
    import nbformat

    from effecttalk_kernel.journal.notebooks.exporter import export_notebook
    from effecttalk_kernel.store.database import open_store
    from effecttalk_kernel.store.sessions import find_session

    path = Path(file)
    if file != STREAM and path.exists() and not force:
        raise click.ClickException(f"{file} exists: use another name, or --force to overwrite it")
    with open_store(read_settings().data_directory) as connection:
        notebook = export_notebook(connection, find_session(connection, session))
    text = nbformat.writes(notebook) + "\n"
    if file == STREAM:
        click.echo(text.encode(errors="replace"), nl=False)
    else:
        _write(path, text)


@click.command("import")
@click.argument("file", type=FILE, metavar="FILE.ipynb")
def import_(file: str) -> None:
    """Import a notebook as a session.

    Print the identity of the new session. FILE.ipynb may be `-` for standard input.
    """
    from effecttalk_kernel.journal.notebooks.importer import import_notebook
    from effecttalk_kernel.safety.masker import Masker
    from effecttalk_kernel.store.database import open_store

    settings = read_settings()
    text = _read(file)
    with open_store(settings.data_directory, may_create=True) as connection:
        session = import_notebook(
            connection,
            text,
            masker=Masker(settings, os.environ),
            notebook="" if file == STREAM else stored_path(file),
            max_bytes=settings.max_session_size,
            now=time.time(),
        )
    click.echo(session.id)


def _read(file: str) -> str:
    data = sys.stdin.buffer.read() if file == STREAM else Path(file).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not a notebook: it is not UTF-8 text") from error


def _write(path: Path, text: str) -> None:
    """Replace *path* atomically."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
        unfinished.replace(path)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
