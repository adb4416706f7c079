"""Reading: a notebook's text as a valid document, or an error that says what is wrong where.

A notebook may come from anywhere: nothing of it is believed before its schema has seen it.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn
from uuid import uuid4

import nbformat
from nbformat import NotebookNode

from effecttalk_kernel.masked import MaskedObject
from effecttalk_kernel.safety.masker import Masker, printable
from effecttalk_kernel.store.errors import NotebookError

NEWEST: Final = 4
# Cells have had identities since nbformat 4.5.
WITH_IDS: Final = (4, 5)
CELL_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# Vega's deepest examples have 20; Python can follow a thousand.
DEEPEST: Final = 100
LONGEST_REASON: Final = 200
# What `language_info` and kernelspecs of shells say, and of our own kernel.
SHELLS: Final = frozenset({"bash", "effecttalk", "sh", "shell"})
# What nbformat raises where a notebook is not what it expects.
UNEXPECTED: Final = (
    nbformat.ValidationError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
REPAIR: Final = "repair it, or open it in JupyterLab and save it again"


def read_notebook(text: str | bytes, *, masker: Masker, most_bytes: int) -> MaskedObject:
    """Return the notebook in its newest major format, the secrets in its texts masked.

    Raises:
        NotebookError: it can't be read.

    """
    try:
        found = _parsed(_decoded(text, most_bytes))
        _check_depth(found)
        _repair_ids(found)
        if _major(found) >= 3:  # of the older ones there is no schema
            _validate(found)
        notebook = masker.json(_upgraded(found))
        _repair_ids(notebook)
        _validate(notebook)
        _check_language(notebook)
    except NotebookError as error:
        raise NotebookError(masker.text(printable(str(error)))) from None
    except RecursionError:
        _refuse_depth()
    return notebook


def _decoded(text: str | bytes, most_bytes: int) -> str:
    size = len(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
    if size > most_bytes:
        raise NotebookError(
            f"the notebook has {size:,} bytes, and a session keeps {most_bytes:,}: clear the"
            " outputs that are large, or raise max_session_size"
        )
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotebookError(
            f"this is no notebook: byte {error.start:,} is not UTF-8; {REPAIR}"
        ) from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_refuse_number, parse_float=_number)
    except json.JSONDecodeError as error:
        raise NotebookError(
            f"this is no notebook: it is not JSON from line {error.lineno}, column {error.colno}"
            f" on ({error.msg}); {REPAIR}"
        ) from None
    except ValueError:  # what is left: int() refuses more than 4,300 digits
        raise NotebookError("this is no notebook: a number in it has thousands of digits") from None
    if not isinstance(found, dict) or "nbformat" not in found:
        raise NotebookError("this is JSON, but no notebook: it has no nbformat")
    return found


def _number(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse_number(digits)


def _refuse_number(digits: str) -> NoReturn:
    raise NotebookError(f"{digits[:20]} is no number that JSON can have: write null instead of it")


def _check_depth(value: object, left: int = DEEPEST) -> None:
    if not left:
        _refuse_depth()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        _check_depth(item, left - 1)


def _refuse_depth() -> NoReturn:
    raise NotebookError(
        f"the notebook is nested deeper than {DEEPEST} levels: clear the output that is"
    ) from None


def _major(found: Mapping[str, Any]) -> int:
    major, minor = found["nbformat"], found.get("nbformat_minor", 0)
    for name, value in (("nbformat", major), ("nbformat_minor", minor)):
        if type(value) is not int or value < 0:
            raise NotebookError(f"{name} is {_short(value)}: it has to be a number from 0 on")
    if not 1 <= major <= NEWEST:
        raise NotebookError(
            f"the notebook has format {_short(major)}, and formats 1 to {NEWEST} are known: save it"
            f" as format {NEWEST}, or install a newer nbformat and EffectTalk"
        )
    return int(major)


def _repair_ids(notebook: Mapping[str, Any]) -> None:
    """Give an identity to cells that have none of their own: it means nothing to anybody else."""
    if (_major(notebook), notebook.get("nbformat_minor", 0)) < WITH_IDS:
        return
    seen = set[str]()
    for cell in _cells(notebook):
        found = cell.get("id")
        if not isinstance(found, str) or not CELL_ID.fullmatch(found) or found in seen:
            cell["id"] = uuid4().hex
        seen.add(cell["id"])


def _cells(notebook: Mapping[str, Any]) -> Iterator[Any]:
    if "cells" not in notebook:
        raise NotebookError(f"the notebook has no cells; {REPAIR}")
    cells = notebook["cells"]
    if not isinstance(cells, list):
        raise NotebookError(f"the notebook's cells are {_short(cells)}: they have to be a list")
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            raise NotebookError(f"cell {number} is {_short(cell)}: it has to be an object")
        yield cell


def _validate(notebook: Mapping[str, Any]) -> None:
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        where, reason = _place([*error.absolute_path]), _short(error.message)
        raise NotebookError(f"{where} can't be: {reason}; {REPAIR}") from None
    except UNEXPECTED as error:
        raise NotebookError(f"the notebook can't be read: {_short(error)}; {REPAIR}") from None


def _place(path: list[object]) -> str:
    """Name a place in the notebook; cells are counted from 1, as they are seen."""
    match path:
        case ["cells", int(cell), "outputs", int(output), *rest]:
            names = [f"output {output + 1} of cell {cell + 1}"]
        case ["cells", int(cell), *rest]:
            names = [f"cell {cell + 1}"]
        case rest:
            names = ["the notebook"]
    return ", ".join([*names, ".".join(map(str, rest))] if rest else names)


def _upgraded(found: dict[str, Any]) -> NotebookNode:
    major = _major(found)
    try:
        read = nbformat.versions[major].to_notebook_json(
            found, minor=found.get("nbformat_minor", 0)
        )
        notebook: NotebookNode = nbformat.convert(read, NEWEST)
    except UNEXPECTED as error:
        raise NotebookError(
            f"the notebook of format {major} can't be read: {_short(error)}; {REPAIR}"
        ) from None
    # Told to readers only: it has to be in no file.
    for name in ("orig_nbformat", "orig_nbformat_minor"):
        notebook.metadata.pop(name, None)
    return notebook


def _check_language(notebook: Mapping[str, Any]) -> None:
    """Refuse what is in no shell's language; a notebook that names none is taken."""
    kernel = notebook["metadata"].get("kernelspec", {})
    language = notebook["metadata"].get("language_info", {})
    named = [kernel.get("language"), language.get("name"), kernel.get("name")]
    names = [name for name in named if isinstance(name, str) and name]
    if names and not SHELLS & {name.lower() for name in names}:
        raise NotebookError(
            f"the notebook's language is {_short(names[0])}, and EffectTalk runs bash: if its cells"
            ' are shell scripts all the same, set metadata.kernelspec.language to "bash"'
        )


def _short(value: object) -> str:
    shown = value if isinstance(value, str) else str(value)
    return shown if len(shown) <= LONGEST_REASON else f"{shown[:LONGEST_REASON]} ..."
