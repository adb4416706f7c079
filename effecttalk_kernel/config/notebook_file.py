"""Read the settings in the metadata of a notebook.

    {"metadata": {"effecttalk": {"settings": {"stderr": "merged"}}}}

A notebook may come from anyone: it can set only the settings that settings.py tags for it, and no
content of it prevents the kernel from starting.
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

METADATA_KEY: Final = "effecttalk"
SETTINGS_KEY: Final = "settings"
# Where the metadata begin in a notebook that Jupyter has written: after the cells, in a line that
# cannot be within a JSON string.
METADATA_START: Final = b'\n "metadata": '
# Most notebooks have less than 1 kB of metadata, those with widgets megabytes.
TAIL_BYTES: Final = (1 << 16, 1 << 20, 1 << 24)
# Python parses 60 MB of JSON per second.
MAX_BYTES: Final = 1 << 25


def try_read_metadata(path: Path) -> Mapping[str, Any]:
    """Return EffectTalk's part of a notebook's metadata; empty if it cannot be read."""
    try:
        return read_metadata(path)
    except SettingsError as error:
        log.warning("notebook.unreadable %s: %s", path, error)
        return {}


def read_metadata(path: Path) -> Mapping[str, Any]:
    """Return EffectTalk's part of a notebook's metadata; empty if there is none, or no file.

    Raises:
        SettingsError: the file is not a notebook, or cannot be read.

    """
    try:
        # Without O_NONBLOCK, opening a FIFO waits for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            metadata = _read_file(descriptor)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise SettingsError(error.strerror) from error
    section = metadata.get(METADATA_KEY, {}) if isinstance(metadata, dict) else {}
    if not isinstance(section, dict):
        raise SettingsError(
            f"`metadata.{METADATA_KEY}` must be an object, not {json.dumps(section)[:50]}"
        )
    return section


def _read_file(descriptor: int) -> object:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise SettingsError("it is not a regular file")
    for length in (tail for tail in TAIL_BYTES if tail < status.st_size):
        found = _parse_tail(os.pread(descriptor, length, status.st_size - length))
        if found is not None:
            return found.get("metadata")
    if status.st_size > MAX_BYTES:
        raise SettingsError(
            f"it has {status.st_size:,} bytes and is not formatted as Jupyter does it:"
            " open and save it in Jupyter"
        )
    whole = _parse(os.pread(descriptor, status.st_size, 0))
    if not isinstance(whole, dict) or "nbformat" not in whole:
        raise SettingsError("it is not a notebook")
    return whole.get("metadata")


def _parse_tail(tail: bytes) -> dict[str, Any] | None:
    """Return the last fields of a notebook, if its metadata begin in *tail*.

    Metadata of a cell do not parse: other text follows before the end of the file.
    """
    begin = tail.rfind(METADATA_START)
    fields = _parse(b"{" + tail[begin:]) if begin >= 0 else None
    return fields if isinstance(fields, dict) and "nbformat" in fields else None


def _parse(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def select_settings(metadata: Mapping[str, Any]) -> tuple[dict[str, object], list[str]]:
    """Return the valid settings in a notebook's *metadata*, and what is wrong with the others."""
    settings = metadata.get(SETTINGS_KEY, {})
    if not isinstance(settings, dict):
        return {}, [f"the notebook's settings must be an object, not {json.dumps(settings)[:50]}"]
    valid, problems = {}, []
    for name, value in settings.items():
        problem = "; ".join(_find_problems(name, value))
        if problem:
            problems.append(f"the notebook's setting {name!r} is ignored: {problem}")
        else:
            valid[name] = value
    return valid, problems


def _find_problems(name: str, value: object) -> Iterator[str]:
    trait = Settings.class_traits(config=True).get(name)
    if trait is None:
        suggestions = get_close_matches(name, Settings.class_trait_names(notebook=True), n=1)
        yield "there is no such setting" + (
            f", did you mean {suggestions[0]!r}?" if suggestions else ""
        )
    elif not trait.metadata.get("notebook"):
        variable = f"EFFECTTALK_{name.upper()}"
        yield f"a notebook cannot set it; set it in your own configuration, or with {variable}"
    else:
        try:
            Settings(**{name: value})
        except TraitError as error:
            yield str(error).removeprefix(f"Settings.{name}: ")
