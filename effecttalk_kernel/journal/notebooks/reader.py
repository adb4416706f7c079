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

from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.store.errors import NotebookError
from effecttalk_kernel.store.masked import MaskedObject

NEWEST_FORMAT: Final = 4
# Cells have had identities since nbformat 4.5.
FIRST_FORMAT_WITH_IDS: Final = (4, 5)
CELL_ID_PATTERN: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# The deepest examples of Vega have 20; Python's limit is a thousand.
MAX_DEPTH: Final = 100
MAX_REASON_CHARACTERS: Final = 200
# Names in `language_info` and kernelspecs of shell kernels, including this one.
SHELL_NAMES: Final = frozenset({"bash", "effecttalk", "sh", "shell"})
# Exceptions that nbformat raises for unexpected notebooks.
NBFORMAT_ERRORS: Final = (
    nbformat.ValidationError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
REPAIR_ADVICE: Final = "repair it, or open it in JupyterLab and save it again"


def read_notebook(text: str | bytes, *, masker: Masker, max_bytes: int) -> MaskedObject:
    """Return the notebook in its newest major format, the secrets in its texts masked.

    Raises:
        NotebookError: the notebook cannot be read.

    """
    try:
        found = _parse_json(_decode_text(text, max_bytes))
        _check_depth(found)
        _repair_ids(found)
        if _read_major_format(found) >= 3:  # older formats have no schema
            _validate(found)
        notebook = masker.json(_upgrade(found))
        _repair_ids(notebook)
        _validate(notebook)
        _check_language(notebook)
    except NotebookError as error:
        raise NotebookError(masker.text(str(error))) from None
    except RecursionError:
        _raise_too_deep()
    return notebook


def _decode_text(text: str | bytes, max_bytes: int) -> str:
    size = len(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
    if size > max_bytes:
        raise NotebookError(
            f"the notebook has {size:,} bytes, but a session can have {max_bytes:,}: clear"
            " large outputs, or raise max_session_size"
        )
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotebookError(
            f"this is not a notebook: byte {error.start:,} is not UTF-8; {REPAIR_ADVICE}"
        ) from None


def _parse_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_raise_invalid_number, parse_float=_parse_float)
    except json.JSONDecodeError as error:
        raise NotebookError(
            f"this is not a notebook: invalid JSON at line {error.lineno}, column {error.colno}"
            f" ({error.msg}); {REPAIR_ADVICE}"
        ) from None
    except ValueError:  # int() refuses more than 4,300 digits
        raise NotebookError("this is not a notebook: a number has thousands of digits") from None
    if not isinstance(found, dict) or "nbformat" not in found:
        raise NotebookError("this is JSON, but not a notebook: it has no nbformat")
    return found


def _parse_float(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _raise_invalid_number(digits)


def _raise_invalid_number(digits: str) -> NoReturn:
    raise NotebookError(f"{digits[:20]} is not a valid number in JSON: replace it with null")


def _check_depth(value: object, levels_left: int = MAX_DEPTH) -> None:
    if not levels_left:
        _raise_too_deep()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        _check_depth(item, levels_left - 1)


def _raise_too_deep() -> NoReturn:
    raise NotebookError(
        f"the notebook is nested deeper than {MAX_DEPTH} levels: clear that output"
    ) from None


def _read_major_format(found: Mapping[str, Any]) -> int:
    major, minor = found["nbformat"], found.get("nbformat_minor", 0)
    for name, value in (("nbformat", major), ("nbformat_minor", minor)):
        if type(value) is not int or value < 0:
            raise NotebookError(
                f"invalid {name}: {_shorten(value)}; it must be a non-negative integer"
            )
    if not 1 <= major <= NEWEST_FORMAT:
        raise NotebookError(
            f"the notebook has format {_shorten(major)}, not one of 1 to {NEWEST_FORMAT}: save it"
            f" as format {NEWEST_FORMAT}, or install a newer nbformat and EffectTalk"
        )
    return int(major)


def _repair_ids(notebook: Mapping[str, Any]) -> None:
    """Give a new id to cells without a valid or unique one; nothing refers to these."""
    if (_read_major_format(notebook), notebook.get("nbformat_minor", 0)) < FIRST_FORMAT_WITH_IDS:
        return
    seen = set[str]()
    for cell in _iterate_cells(notebook):
        found = cell.get("id")
        if not isinstance(found, str) or not CELL_ID_PATTERN.fullmatch(found) or found in seen:
            cell["id"] = uuid4().hex
        seen.add(cell["id"])


def _iterate_cells(notebook: Mapping[str, Any]) -> Iterator[Any]:
    if "cells" not in notebook:
        raise NotebookError(f"the notebook has no cells; {REPAIR_ADVICE}")
    cells = notebook["cells"]
    if not isinstance(cells, list):
        raise NotebookError(f"the notebook's cells are not a list: {_shorten(cells)}")
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            raise NotebookError(f"cell {number} is not an object: {_shorten(cell)}")
        yield cell


def _validate(notebook: Mapping[str, Any]) -> None:
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        where, reason = _describe_place([*error.absolute_path]), _shorten(error.message)
        raise NotebookError(f"{where} is invalid: {reason}; {REPAIR_ADVICE}") from None
    except NBFORMAT_ERRORS as error:
        raise NotebookError(
            f"the notebook cannot be read: {_shorten(error)}; {REPAIR_ADVICE}"
        ) from None


def _describe_place(path: list[object]) -> str:
    """Return the name of a place in the notebook; cells are counted from 1."""
    match path:
        case ["cells", int(cell), "outputs", int(output), *rest]:
            names = [f"output {output + 1} of cell {cell + 1}"]
        case ["cells", int(cell), *rest]:
            names = [f"cell {cell + 1}"]
        case rest:
            names = ["the notebook"]
    return ", ".join([*names, ".".join(map(str, rest))] if rest else names)


def _upgrade(found: dict[str, Any]) -> NotebookNode:
    major = _read_major_format(found)
    try:
        read = nbformat.versions[major].to_notebook_json(
            found, minor=found.get("nbformat_minor", 0)
        )
        notebook: NotebookNode = nbformat.convert(read, NEWEST_FORMAT)
    except NBFORMAT_ERRORS as error:
        raise NotebookError(
            f"the notebook of format {major} cannot be read: {_shorten(error)}; {REPAIR_ADVICE}"
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
    if names and not SHELL_NAMES & {name.lower() for name in names}:
        raise NotebookError(
            f"the notebook's language is {_shorten(names[0])}, but EffectTalk runs bash: if its"
            ' cells are shell code, set metadata.kernelspec.language to "bash"'
        )


def _shorten(value: object) -> str:
    shown = value if isinstance(value, str) else str(value)
    return shown if len(shown) <= MAX_REASON_CHARACTERS else f"{shown[:MAX_REASON_CHARACTERS]} ..."
