"""CLI: the `effecttalk` command, inside of a session's cells and outside."""

import os
import signal
import sys
from collections.abc import Iterator
from typing import Final

import click

from effecttalk_kernel import __version__
from effecttalk_kernel.app import KernelApp
from effecttalk_kernel.output.escapes import BrokenPicture, Clear, PictureData
from effecttalk_kernel.output.limit import Limits
from effecttalk_kernel.output.stream import OutputStream, StreamOptions
from effecttalk_kernel.settings import SESSION, Settings
from effecttalk_kernel.spill.stored import SpillNotFoundError, StoredSpill, find_spill

# Everything is shown.
NO_LIMITS: Final = Limits(1 << 62, 1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="effecttalk")
def main() -> None:
    """Work with what EffectTalk sessions keep."""


@main.command()
@click.argument("block")
@click.option("--stderr", "stream", flag_value="stderr", help="What went to standard error.")
@click.option("--stdout", "stream", flag_value="stdout", default=True, hidden=True)
@click.option("--raw", is_flag=True, help="The bytes as they were written, escapes and all.")
def output(block: str, stream: str, *, raw: bool) -> None:
    """Print all that BLOCK wrote, where its cell shows only a part.

    BLOCK is a number in this session, as the cell names it, or SESSION-NUMBER.
    Without --raw, it is printed as a terminal would show it.
    """
    settings = KernelApp().read_settings([])
    try:
        spill = find_spill(settings.data_directory, block, os.environ.get(SESSION, ""))
        _print(spill, stream, settings, raw=raw)
    except SpillNotFoundError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
    if spill.warning:
        click.echo(f"effecttalk: {spill.warning}", err=True)


def _print(spill: StoredSpill, stream: str, settings: Settings, *, raw: bool) -> None:
    if raw:
        for data in spill.chunks(stream):
            sys.stdout.buffer.write(data)
        return
    for text in shown(spill.chunks(stream), settings):
        click.echo(text, nl=False)


def shown(chunks: Iterator[bytes], settings: Settings) -> Iterator[str]:
    """Yield the text that a terminal shows of *chunks*, what was cleared included."""
    stream = OutputStream(
        StreamOptions(NO_LIMITS, settings.rows, settings.columns, settings.encoding)
    )
    for data in chunks:
        for piece in stream.feed(data):
            match piece:
                case Clear():
                    line = stream.last_line
                    stream.settle()
                    yield stream.take()[0] + ("\n" if line else "")
                case PictureData():
                    stream.add_line(f"[a picture of {len(piece.data):,} bytes]")
                case BrokenPicture(problem):
                    stream.add_line(f"[{problem}]")
        yield stream.take()[0]
    for broken in stream.finish():
        yield f"[{broken.problem}]\n"
    yield stream.take()[0]


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def attach(command: tuple[str, ...]) -> None:
    """Run COMMAND with all its streams on one terminal, as full-screen programs need it.

    A cell with a line that begins with this is on one terminal as a whole.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(terminal, descriptor)
        os.execvp(command[0], command)  # noqa: S606 # that is what is asked for
    except OSError as error:
        raise click.ClickException(f"{error.filename or command[0]}: {error.strerror}") from error


def run() -> None:
    """Be the command: end like every program whose reader goes away (`... | head`)."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main(prog_name="effecttalk")


if __name__ == "__main__":
    run()
