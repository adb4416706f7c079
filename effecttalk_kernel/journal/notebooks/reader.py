"""Reads a notebook as a valid document, or raises an error that says what is wrong where.

A notebook may come from anywhere: nothing in it is trusted before it is validated.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn
from uuid import uuid4

import nbformat
from nbformat import NotebookNode

from effecttalk_kernel.safety.masker import Masker, printable
from effecttalk_kernel.store.errors import NotebookError
from effecttalk_kernel.store.masked import MaskedObject

NEWEST: Final = 4
# Cells have had identities since nbformat 4.5.
WITH_IDS: Final = (4, 5)
CELL_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# The deepest examples of Vega have 20; Python's limit is a thousand.
DEEPEST: Final = 100
LONGEST_REASON: Final = 200
# Names in `language_info` and kernelspecs of shell kernels, including this one.
SHELLS: Final = frozenset({"bash", "effecttalk", "sh", "shell"})
# Exceptions that nbformat raises for unexpected notebooks.
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
        NotebookError: the notebook cannot be read.

    """
    try:
        found = _parsed(_decoded(text, most_bytes))
        _check_depth(found)
        _repair_ids(found)
        if _major(found) >= 3:  # older formats have no schema
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
            f"the notebook has {size:,} bytes, but a session can have {most_bytes:,}: clear"
            " large outputs, or raise max_session_size"
        )
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotebookError(
            f"this is not a notebook: byte {error.start:,} is not UTF-8; {REPAIR}"
        ) from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_refuse_number, parse_float=_number)
    except json.JSONDecodeError as error:
        raise NotebookError(
            f"this is not a notebook: invalid JSON at line {error.lineno}, column {error.colno}"
            f" ({error.msg}); {REPAIR}"
        ) from None
    except ValueError:  # int() refuses more than 4,300 digits
        raise NotebookError("this is not a notebook: a number has thousands of digits") from None
    if not isinstance(found, dict) or "nbformat" not in found:
        raise NotebookError("this is JSON, but not a notebook: it has no nbformat")
    return found


def _number(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse_number(digits)


def _refuse_number(digits: str) -> NoReturn:
    raise NotebookError(f"{digits[:20]} is not a valid number in JSON: replace it by null")


def _check_depth(value: object, left: int = DEEPEST) -> None:
    if not left:
        _refuse_depth()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        _check_depth(item, left - 1)


def _refuse_depth() -> NoReturn:
    raise NotebookError(
        f"the notebook is nested deeper than {DEEPEST} levels: clear that output"
    ) from None


def _major(found: Mapping[str, Any]) -> int:
    major, minor = found["nbformat"], found.get("nbformat_minor", 0)
    for name, value in (("nbformat", major), ("nbformat_minor", minor)):
        if type(value) is not int or value < 0:
            raise NotebookError(
                f"invalid {name}: {_short(value)}; it must be a non-negative integer"
            )
    if not 1 <= major <= NEWEST:
        raise NotebookError(
            f"the notebook has format {_short(major)}, not one of 1 to {NEWEST}: save it"
            f" as format {NEWEST}, or install a newer nbformat and EffectTalk"
        )
    return int(major)


def _repair_ids(notebook: Mapping[str, Any]) -> None:
    """Give a new id to cells without a valid or unique one; nothing refers to these."""
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
        raise NotebookError(f"the notebook's cells are not a list: {_short(cells)}")
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            raise NotebookError(f"cell {number} is not an object: {_short(cell)}")
        yield cell


def _validate(notebook: Mapping[str, Any]) -> None:
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        where, reason = _place([*error.absolute_path]), _short(error.message)
        raise NotebookError(f"{where} is invalid: {reason}; {REPAIR}") from None
    except UNEXPECTED as error:
        raise NotebookError(f"the notebook cannot be read: {_short(error)}; {REPAIR}") from None


def _place(path: list[object]) -> str:
    """Return the name of a place in the notebook; cells are counted from 1."""
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
            f"the notebook of format {major} cannot be read: {_short(error)}; {REPAIR}"
        ) from None
    # nbformat adds these for its callers; they do not belong into a file.
    for name in ("orig_nbformat", "orig_nbformat_minor"):
        notebook.metadata.pop(name, None)
    return notebook


def _check_language(notebook: Mapping[str, Any]) -> None:
    """Raise an error if the notebook declares a language other than a shell's."""
    kernel = notebook["metadata"].get("kernelspec", {})
    language = notebook["metadata"].get("language_info", {})
    named = [kernel.get("language"), language.get("name"), kernel.get("name")]
    names = [name for name in named if isinstance(name, str) and name]
    if names and not SHELLS & {name.lower() for name in names}:
        raise NotebookError(
            f"the notebook's language is {_short(names[0])}, but EffectTalk runs bash: if its cells"
            ' are shell code, set metadata.kernelspec.language to "bash"'
        )


def _short(value: object) -> str:
    shown = value if isinstance(value, str) else str(value)
    return shown if len(shown) <= LONGEST_REASON else f"{shown[:LONGEST_REASON]} ..."
