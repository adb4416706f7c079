"""The settings, the session and the directory in which a command runs."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from effecttalk_kernel.lazy_packages import delay_packages

if TYPE_CHECKING:
    from effecttalk_kernel.config.settings import Settings


def read_settings() -> "Settings":
    """Return the settings from the files and the environment, as a kernel reads them.

    Raises:
        click.ClickException: a setting has an invalid value.

    """
    # Its __init__ imports what only applications need.
    delay_packages("traitlets.config")
    from effecttalk_kernel.config.loader import load_settings
    from effecttalk_kernel.errors import SettingsError

    try:
        # A notebook cannot set anything that a command uses.
        return load_settings(os.environ, has_notebook=False).settings
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def current_session() -> str:
    """Return the identity of the session in whose cell this runs, "" outside a cell."""
    from effecttalk_kernel.config.settings import SESSION

    return os.environ.get(SESSION, "")


def stored_path(path: str) -> str:
    """Return *path* as the store has it: absolute, escaped, with the links in the shell's `PWD`."""
    from effecttalk_kernel.bash_quoting import escape_value

    # Python decodes arguments by the locale, and the kernel decodes paths as UTF-8.
    return escape_value(os.fsencode(_absolute_path(path)).decode(errors="surrogateescape"))


def _absolute_path(path: str) -> str:
    pwd = os.environ.get("PWD", "")
    try:
        here = pwd if pwd and Path(pwd).samefile(Path.cwd()) else str(Path.cwd())
    except OSError:  # the directory was removed
        here = pwd or "/"
    return os.path.normpath(Path(here) / Path(path).expanduser())
