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

METADATA_KEY: Final = "effecttalk"
OPTIONS_KEY: Final = "options"
CELL_PLACE: Final = "in the metadata of the cell"
NOTEBOOK_PLACE: Final = "in the metadata of the notebook"
# Parameters of which some could not be set must not be used.
TAG_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {"parameters": {"errexit": True}}
MAY_FAIL_TAG: Final = "raises-exception"


class Metadata:
    """Reads the options in metadata; reads the notebook's file again when that has changed."""

    def __init__(self, notebook: Path | None) -> None:
        self._path = notebook
        self._modified = -1
        self._notebook: Mapping[str, Any] | None = None

    def list_defaults(self, cell: object) -> Sequence["DefaultOptions"]:
        """Return the default options of a cell with this metadata, the most specific ones first."""
        found = [
            (CELL_PLACE, _read_cell_options(cell)),
            *((f"tag {tag!r}", TAG_OPTIONS[tag]) for tag in _find_known_tags(cell)),
        ]
        found.append((NOTEBOOK_PLACE, self._read_notebook_options()))
        present = [(place, options) for place, options in found if options is not None]
        if not present:
            return ()
        # Imported here: few cells have any.
        from effecttalk_kernel.execution.options import DefaultOptions

        return [DefaultOptions(place, options) for place, options in present]

    def _read_notebook_options(self) -> object:
        if self._path is None:
            return None
        try:
            modified = os.stat(self._path).st_mtime_ns  # noqa: PTH116 # twice as fast
        except OSError:
            return None
        if modified != self._modified:
            # Imported here: few kernels know their notebook.
            from effecttalk_kernel.config.notebook_file import try_read_metadata

            self._modified = modified
            self._notebook = try_read_metadata(self._path)
        return None if self._notebook is None else self._notebook.get(OPTIONS_KEY)


def allows_failure(cell: object) -> bool:
    """Whether the cells after one with this metadata run even if it fails."""
    return MAY_FAIL_TAG in _read_tags(cell)


def read_cell_id(metadata: object) -> str | None:
    """Return the id of the cell of a request with this metadata, None if it has none."""
    cell = metadata.get("cellId") if isinstance(metadata, Mapping) else None
    return cell if isinstance(cell, str) else None


def _read_cell_options(cell: object) -> object:
    section = cell.get(METADATA_KEY) if isinstance(cell, Mapping) else None
    return section.get(OPTIONS_KEY) if isinstance(section, Mapping) else None


def _read_tags(cell: object) -> Sequence[object]:
    tags = cell.get("tags") if isinstance(cell, Mapping) else None
    return tags if isinstance(tags, list) else ()


def _find_known_tags(cell: object) -> list[str]:
    return [tag for tag in _read_tags(cell) if isinstance(tag, str) and tag in TAG_OPTIONS]
