"""Configured: the settings and the place of one command, without what only a kernel needs."""

import os
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from effecttalk_kernel.config.durations import seconds_of
from effecttalk_kernel.lazy_packages import delay_packages

if TYPE_CHECKING:
    from effecttalk_kernel.config.settings import Settings


def read_settings() -> "Settings":
    """Return the settings from files and environment, as a kernel has them.

    Raises:
        click.ClickException: one of them has a value that can't be.

    """
    # Its __init__ imports what starts applications.
    delay_packages("traitlets.config")
    from effecttalk_kernel.config import loader as configuration
    from effecttalk_kernel.errors import SettingsError

    try:
        # What a notebook may set is of no interest to a command.
        return configuration.read_settings(os.environ, has_notebook=False).settings
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def current_session() -> str:
    """Return the identity of the session in whose cell this runs, "" outside of one."""
    from effecttalk_kernel.config.settings import SESSION

    return os.environ.get(SESSION, "")


def directory_of(path: str) -> str:
    """Return *path* as the shell names it: absolute, with the links on the way to it."""
    shell = os.environ.get("PWD", "")
    try:
        here = shell if shell and Path(shell).samefile(Path.cwd()) else str(Path.cwd())
    except OSError:  # a directory that is gone
        here = shell or "/"
    return os.path.normpath(Path(here) / Path(path).expanduser())


class Since(click.ParamType[float]):
    """A time in the past: how long ago (`90s`, `2h`, `7d`), or a date and time."""

    name = "when"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return Unix seconds. Called by click."""
        if isinstance(value, int | float):
            return float(value)
        try:
            return time.time() - seconds_of(str(value))
        except ValueError:
            pass
        try:
            return datetime.fromisoformat(str(value)).timestamp()
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time: give 90s, 2h, 7d or 2026-11-01", param, ctx)
