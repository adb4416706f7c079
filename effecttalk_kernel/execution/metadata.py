"""Metadata: block options in the metadata of a cell and of its notebook.

    {"effecttalk": {"options": {"timeout": "30s"}}, "tags": ["parameters"]}

Jupyter's front ends send the metadata of a cell with its code; that of the notebook is read
from its file.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from effecttalk_kernel.execution.options import DefaultOptions

OWN: Final = "effecttalk"
OPTIONS: Final = "options"
CELL: Final = "in the metadata of the cell"
NOTEBOOK: Final = "in the metadata of the notebook"
# Parameters of which some could not be set must not be used.
TAGS: Final[Mapping[str, Mapping[str, Any]]] = {"parameters": {"errexit": True}}
RAISES: Final = "raises-exception"


class Metadata:
    """Reads the options in metadata; reads the notebook's file again when that has changed."""

    def __init__(self, notebook: Path | None) -> None:
        self._path = notebook
        self._changed = -1
        self._notebook: Mapping[str, Any] | None = None

    def defaults(self, cell: object) -> Sequence["DefaultOptions"]:
        """Return the default options of a cell with this metadata, the most specific ones first."""
        found = [
            (CELL, _options(cell)),
            *((f"tag {tag!r}", TAGS[tag]) for tag in _known_tags(cell)),
        ]
        found.append((NOTEBOOK, self._options_of_notebook()))
        given = [(place, options) for place, options in found if options is not None]
        if not given:
            return ()
        # Imported here: few cells have any.
        from effecttalk_kernel.execution.options import DefaultOptions

        return [DefaultOptions(place, options) for place, options in given]

    def _options_of_notebook(self) -> object:
        if self._path is None:
            return None
        try:
            changed = os.stat(self._path).st_mtime_ns  # noqa: PTH116 # twice as fast
        except OSError:
            return None
        if changed != self._changed:
            # Imported here: few kernels know their notebook.
            from effecttalk_kernel.config.notebook_file import notebook_metadata

            self._changed = changed
            self._notebook = notebook_metadata(self._path)
        return None if self._notebook is None else self._notebook.get(OPTIONS)


def allows_failure(cell: object) -> bool:
    """Whether the cells after one with this metadata run even if it fails."""
    return RAISES in _tags(cell)


def read_cell_id(metadata: object) -> str | None:
    """Return the id of the cell of a request with this metadata, None if it has none."""
    cell = metadata.get("cellId") if isinstance(metadata, Mapping) else None
    return cell if isinstance(cell, str) else None


def _options(cell: object) -> object:
    own = cell.get(OWN) if isinstance(cell, Mapping) else None
    return own.get(OPTIONS) if isinstance(own, Mapping) else None


def _tags(cell: object) -> Sequence[object]:
    tags = cell.get("tags") if isinstance(cell, Mapping) else None
    return tags if isinstance(tags, list) else ()


def _known_tags(cell: object) -> list[str]:
    return [tag for tag in _tags(cell) if isinstance(tag, str) and tag in TAGS]
