"""Notebook settings: what the file of a notebook says of how its session is to be run.

    {"metadata": {"effecttalk": {"settings": {"stderr": "merged"}}}}

A notebook comes from anywhere: it can set only what is tagged for it in settings.py,
and nothing that stands in it keeps the kernel from starting.
"""

import json
import logging
import os
import stat
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from traitlets import TraitError

from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import SettingsError

log = logging.getLogger("effecttalk.settings")

OWN: Final = "effecttalk"
SETTINGS: Final = "settings"
# Where the metadata begin as Jupyter writes notebooks: behind the cells, and in a line of
# which there is none within a text of JSON.
BEGINNING: Final = b'\n "metadata": '
# Most notebooks have less than 1 kB of metadata; those with widgets have megabytes.
TAILS: Final = (1 << 16, 1 << 20, 1 << 24)
# Python reads 60 MB of JSON a second.
LONGEST: Final = 1 << 25


def notebook_metadata(path: Path) -> Mapping[str, Any]:
    """Return what is for us in a notebook's metadata; empty if there is nothing, or no file."""
    try:
        return read_metadata(path)
    except SettingsError as error:
        log.warning("notebook.unreadable %s: %s", path, error)
        return {}


def read_metadata(path: Path) -> Mapping[str, Any]:
    """Return what is for us in a notebook's metadata; empty if there is nothing, or no file.

    Raises:
        SettingsError: there is a file, and it is no notebook.

    """
    try:
        # A FIFO would be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            metadata = _of_file(descriptor)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise SettingsError(error.strerror) from error
    own = metadata.get(OWN, {}) if isinstance(metadata, dict) else {}
    if not isinstance(own, dict):
        raise SettingsError(f"`metadata.{OWN}` must be an object, not {json.dumps(own)[:50]}")
    return own


def _of_file(descriptor: int) -> object:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise SettingsError("it is no file")
    for length in (tail for tail in TAILS if tail < status.st_size):
        found = _of_tail(os.pread(descriptor, length, status.st_size - length))
        if found is not None:
            return found.get("metadata")
    if status.st_size > LONGEST:
        raise SettingsError(
            f"it has {status.st_size:,} bytes and is not written as Jupyter writes notebooks:"
            " open and save it in Jupyter"
        )
    whole = _parsed(os.pread(descriptor, status.st_size, 0))
    if not isinstance(whole, dict) or "nbformat" not in whole:
        raise SettingsError("it is no notebook")
    return whole.get("metadata")


def _of_tail(tail: bytes) -> dict[str, Any] | None:
    """Return the last fields of a notebook, if its metadata begin in its *tail*.

    They end together with the notebook itself only if they are its own.
    """
    begin = tail.rfind(BEGINNING)
    found = _parsed(b"{" + tail[begin:]) if begin >= 0 else None
    return found if isinstance(found, dict) and "nbformat" in found else None


def _parsed(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def settings_of(metadata: Mapping[str, Any]) -> tuple[dict[str, object], list[str]]:
    """Return the settings that a notebook's *metadata* have, and what is wrong with others."""
    given = metadata.get(SETTINGS, {})
    if not isinstance(given, dict):
        return {}, [f"the notebook's settings must be an object, not {json.dumps(given)[:50]}"]
    good, problems = {}, []
    for name, value in given.items():
        problem = "; ".join(_problems(name, value))
        if problem:
            problems.append(f"the notebook's setting {name!r} is left out: {problem}")
        else:
            good[name] = value
    return good, problems


def _problems(name: str, value: object) -> Iterator[str]:
    trait = Settings.class_traits(config=True).get(name)
    if trait is None:
        near = get_close_matches(name, Settings.class_trait_names(notebook=True), n=1)
        yield "there is no such setting" + (f", did you mean {near[0]!r}?" if near else "")
    elif not trait.metadata.get("notebook"):
        variable = f"EFFECTTALK_{name.upper()}"
        yield f"no notebook may set it; do it in your own configuration, or by {variable}"
    else:
        try:
            Settings(**{name: value})
        except TraitError as error:
            yield str(error).removeprefix(f"Settings.{name} ")
