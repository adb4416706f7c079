"""Key: what a block in the cache is found by: its code, and all that it says it depends on.

Whatever is not named here, a block may depend on as it likes: its output is taken for the same.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

from effecttalk_kernel.store.cache.inputs import digest_file, find_inputs

# A change of what is below, or of its order, makes every key another one.
VERSION: Final = "1"
NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
OPTION: Final = "#|"


def compute_key(
    *,
    code: str,
    cwd: str,
    shell: str,
    inputs: Sequence[str] = (),
    variables: Mapping[str, str | None] = MappingProxyType({}),
    needs: Mapping[str, Path] = MappingProxyType({}),
    options: Mapping[str, object] = NOTHING,
) -> str:
    """Return the key of a block; it reads all the files, so it may take long.

    *inputs* are paths and patterns, relative to *cwd*; *variables* the shell's statements of
    those named, None where one is unset; *needs* the outputs of named blocks. The lines of
    options above the code don't count; what they change of its output is in *options*.

    Raises:
        CacheError: a file is not there, or can't be read.

    """
    files = find_inputs(inputs, cwd)
    parts = {
        "code": strip_options(code),
        "cwd": cwd,
        "shell": shell,
        "options": dict(options),
        "inputs": {name: digest_file(path, f"input {name!r}") for name, path in files.items()},
        "variables": dict(variables),
        "needs": {
            name: digest_file(path, f"the output of block {name!r}") for name, path in needs.items()
        },
    }
    # ASCII: a path may have bytes that are no text, which have no other encoding.
    return sha256(json.dumps([VERSION, parts], sort_keys=True).encode("ascii")).hexdigest()


def strip_options(code: str) -> str:
    """Return *code* without the options above it."""
    lines = code.split("\n")
    first = next((n for n, line in enumerate(lines) if not line.startswith(OPTION)), len(lines))
    return "\n".join(lines[first:])
