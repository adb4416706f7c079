"""Metadata: what a cell and its notebook say of how blocks are to run, besides the code.

    {"effecttalk": {"options": {"timeout": "30s"}}, "tags": ["parameters"]}

Jupyter's front ends send a cell's metadata with its code; the notebook's is in its file.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from effecttalk_kernel.execution.options import Defaults

OWN: Final = "effecttalk"
OPTIONS: Final = "options"
CELL: Final = "in the metadata of the cell"
NOTEBOOK: Final = "in the metadata of the notebook"
# Half of its parameters are no parameters.
TAGS: Final[Mapping[str, Mapping[str, Any]]] = {"parameters": {"errexit": True}}
RAISES: Final = "raises-exception"


class Metadata:
    """Options that stand in metadata; reads the notebook's file when that has changed."""

    def __init__(self, notebook: Path | None) -> None:
        self._path = notebook
        self._changed = -1
        self._notebook: Mapping[str, Any] | None = None

    def defaults(self, cell: object) -> Sequence["Defaults"]:
        """Return the options that a cell with this metadata has by default, the nearest first."""
        found = [(CELL, _options(cell)), *((f"tag {tag!r}", TAGS[tag]) for tag in _known(cell))]
        found.append((NOTEBOOK, self._options_of_notebook()))
        given = [(place, options) for place, options in found if options is not None]
        if not given:
            return ()
        # Not at start: few cells have any.
        from effecttalk_kernel.execution.options import Defaults

        return [Defaults(place, options) for place, options in given]

    def _options_of_notebook(self) -> object:
        if self._path is None:
            return None
        try:
            changed = os.stat(self._path).st_mtime_ns  # noqa: PTH116 # twice as fast
        except OSError:
            return None
        if changed != self._changed:
            # Not at start: few kernels know of a notebook.
            from effecttalk_kernel.config.notebook_file import notebook_metadata

            self._changed = changed
            self._notebook = notebook_metadata(self._path)
        return None if self._notebook is None else self._notebook.get(OPTIONS)


def may_fail(cell: object) -> bool:
    """Whether the cells behind one with this metadata run also when it fails."""
    return RAISES in _tags(cell)


def cell_of(metadata: object) -> str | None:
    """Return the identity of the cell that a request is for, as JupyterLab gives it."""
    cell = metadata.get("cellId") if isinstance(metadata, Mapping) else None
    return cell if isinstance(cell, str) else None


def _options(cell: object) -> object:
    own = cell.get(OWN) if isinstance(cell, Mapping) else None
    return own.get(OPTIONS) if isinstance(own, Mapping) else None


def _tags(cell: object) -> Sequence[object]:
    tags = cell.get("tags") if isinstance(cell, Mapping) else None
    return tags if isinstance(tags, list) else ()


def _known(cell: object) -> list[str]:
    return [tag for tag in _tags(cell) if isinstance(tag, str) and tag in TAGS]
