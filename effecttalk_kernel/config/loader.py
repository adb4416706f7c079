"""Load the settings from all of their sources.

A later source overrides an earlier one: the default, `jupyter_effecttalk_config.py` or `.json` in
Jupyter's config directories, the notebook's metadata, `EFFECTTALK_<NAME>` in the environment, the
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
from effecttalk_kernel.config.traits import invalid_value_message
from effecttalk_kernel.errors import SettingsError

CONFIG_NAME: Final = "jupyter_effecttalk_config"


class LoadedSettings(NamedTuple):
    """The settings, and why some settings of the notebook are ignored."""

    settings: Settings
    problems: tuple[str, ...] = ()


def load_settings(
    environment: Mapping[str, str],
    command_line: Config | None = None,
    *,
    has_notebook: bool = True,
) -> LoadedSettings:
    """Return the settings from all sources.

    Settings of the notebook are read only if *has_notebook* is true.

    Raises:
        SettingsError: a setting has an invalid value, or a file cannot be read.

    """
    config = _load_files()
    overrides = _load_environment(environment)
    if command_line is not None:
        overrides.merge(command_line)
    try:
        notebook = Settings(config=overrides).notebook_path if has_notebook else None
        found, problems = _load_notebook(notebook) if notebook is not None else ({}, [])
        config.merge(Config({"Settings": found}))
        config.merge(overrides)
        return LoadedSettings(Settings(config=config), tuple(problems))
    except TraitError as error:
        raise SettingsError(str(error)) from error


def _load_files() -> Config:
    config = Config()
    for directory in reversed(jupyter_config_path()):
        for loader in (
            PyFileConfigLoader(f"{CONFIG_NAME}.py", path=directory),
            JSONFileConfigLoader(f"{CONFIG_NAME}.json", path=directory),
        ):
            try:
                config.merge(loader.load_config())
            except ConfigFileNotFound:
                continue
            except Exception as error:  # the file is a program of the user
                raise SettingsError(f"{loader.full_filename}: {error}") from error
    return config


def _load_environment(environment: Mapping[str, str]) -> Config:
    names = {PREFIX + name.upper(): name for name in Settings.class_trait_names(config=True)}
    texts = {names[variable]: environment[variable] for variable in names.keys() & environment}
    config = Config({"Settings": {name: _parse(name, text) for name, text in texts.items()}})
    notebook = environment.get(NOTEBOOK)
    if (
        notebook
        and OWN_NOTEBOOK not in environment
        and notebook != environment.get(SESSION_NOTEBOOK)
    ):
        config.Settings["notebook"] = notebook
    return config


def _parse(name: str, text: str) -> object:
    """Return the value of a setting that is written as *text*."""
    trait: Any = Settings.class_traits()[name]
    try:
        value = trait.from_string(text)
        Settings(**{name: value})
    except (ValueError, TraitError):
        raise SettingsError(
            f"{PREFIX}{name.upper()}: {invalid_value_message(text, trait.allowed)}"
        ) from None
    return value


def _load_notebook(path: Path) -> tuple[dict[str, object], list[str]]:
    # Not at start: a kernel may have no notebook.
    from effecttalk_kernel.config.notebook_file import read_metadata, select_settings

    try:
        return select_settings(read_metadata(path))
    except SettingsError as error:
        return {}, [f"the settings of the notebook {path} are ignored: {error}"]
