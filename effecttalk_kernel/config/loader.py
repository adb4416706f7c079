"""Configuration: the settings from where they stand.

Sources, the later wins: default, `jupyter_effecttalk_config.py` or `.json` in Jupyter's
config directories, the notebook's metadata, `EFFECTTALK_<NAME>` in the environment, the
command line.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from jupyter_core.paths import jupyter_config_path
from traitlets import TraitError
from traitlets.config.loader import (
    Config,
    ConfigFileNotFound,
    JSONFileConfigLoader,
    PyFileConfigLoader,
)

from effecttalk_kernel.config.settings import (
    NOTEBOOK,
    OWN_NOTEBOOK,
    PREFIX,
    SESSION_NOTEBOOK,
    Settings,
)
from effecttalk_kernel.errors import SettingsError

FILE: Final = "jupyter_effecttalk_config"


class Configured(NamedTuple):
    """The settings, and what of the notebook's can't be used."""

    settings: Settings
    problems: tuple[str, ...] = ()


def read_settings(
    environment: Mapping[str, str],
    command_line: Config | None = None,
    *,
    has_notebook: bool = True,
) -> Configured:
    """Return the settings from all sources.

    *has_notebook*: the notebook's may be among them.

    Raises:
        SettingsError: one of them has a value that can't be.

    """
    config = _of_files()
    above = _of_environment(environment)
    if command_line is not None:
        above.merge(command_line)
    try:
        notebook = Settings(config=above).notebook_path if has_notebook else None
        found, problems = _of_notebook(notebook) if notebook is not None else ({}, [])
        config.merge(Config({"Settings": found}))
        config.merge(above)
        return Configured(Settings(config=config), tuple(problems))
    except TraitError as error:
        raise SettingsError(str(error)) from error


def _of_files() -> Config:
    config = Config()
    for directory in reversed(jupyter_config_path()):
        for loader in (
            PyFileConfigLoader(f"{FILE}.py", path=directory),
            JSONFileConfigLoader(f"{FILE}.json", path=directory),
        ):
            try:
                config.merge(loader.load_config())
            except ConfigFileNotFound:
                continue
            except Exception as error:  # the user's own program
                raise SettingsError(f"{loader.full_filename}: {error}") from error
    return config


def _of_environment(environment: Mapping[str, str]) -> Config:
    named = {PREFIX + name.upper(): name for name in Settings.class_trait_names(config=True)}
    given = {named[variable]: environment[variable] for variable in named.keys() & environment}
    config = Config({"Settings": {name: _read(name, text) for name, text in given.items()}})
    told = environment.get(NOTEBOOK)
    if told and OWN_NOTEBOOK not in environment and told != environment.get(SESSION_NOTEBOOK):
        config.Settings["notebook"] = told
    return config


def _read(name: str, text: str) -> object:
    """Return the value that *text* is for a setting."""
    trait: Any = Settings.class_traits()[name]
    try:
        value = trait.from_string(text)
        Settings(**{name: value})
    except (ValueError, TraitError):
        raise SettingsError(
            f"{PREFIX}{name.upper()} can't be {text!r}: it must be {trait.allowed}"
        ) from None
    return value


def _of_notebook(path: Path) -> tuple[dict[str, object], list[str]]:
    # Not at start of kernels that know of no notebook.
    from effecttalk_kernel.config.notebook_file import read_metadata, settings_of

    try:
        return settings_of(read_metadata(path))
    except SettingsError as error:
        return {}, [f"the notebook {path} tells no settings: {error}"]
