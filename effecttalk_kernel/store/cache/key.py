"""The key of a block in the cache: a digest of its code and of everything it depends on.

A change of anything that is not part of the key does not make the block run again.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

from effecttalk_kernel.store.cache.inputs import digest_file, find_inputs

# Part of each key: to be increased if the parts of the key or their order change.
KEY_VERSION: Final = "1"
NO_OPTIONS: Final[Mapping[str, object]] = MappingProxyType({})
OPTION_PREFIX: Final = "#|"


def compute_key(
    *,
    code: str,
    cwd: str,
    shell: str,
    inputs: Sequence[str] = (),
    variables: Mapping[str, str | None] = MappingProxyType({}),
    needs: Mapping[str, Path] = MappingProxyType({}),
    options: Mapping[str, object] = NO_OPTIONS,
) -> str:
    """Return the key of a block; this reads all its files, so it may take long.

    *inputs* are paths and patterns, relative to *cwd*; *variables* the declarations of shell
    variables, None for unset ones; *needs* the outputs of named blocks. The lines with options
    above the code are not part of the key; *options* has those that affect the output.

    Raises:
        CacheError: a file does not exist, or cannot be read.

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
    # ASCII escapes can encode a path that is not valid UTF-8.
    return sha256(json.dumps([KEY_VERSION, parts], sort_keys=True).encode("ascii")).hexdigest()


def strip_options(code: str) -> str:
    """Return *code* without the lines of options above it."""
    lines = code.split("\n")
    first = next(
        (n for n, line in enumerate(lines) if not line.startswith(OPTION_PREFIX)), len(lines)
    )
    return "\n".join(lines[first:])
