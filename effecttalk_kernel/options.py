r"""Options: what the first lines of a cell say of how its block is to run.

    #| stdin: "yes\nno\n"
    ask-twice

They are comments for the shell, and YAML for us. Importing this takes 0.1 s
(pydantic): the kernel does so when the first cell has some.
"""

import difflib
import re
from collections.abc import Mapping
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from effecttalk_kernel.errors import OptionError

LINE: Final = re.compile(r"#\|[ \t]?(.*)")


class BlockOptions(BaseModel):
    """How one block is to run."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    stdin: str | None = Field(
        default=None, description="lines that are typed when a program of the block asks"
    )
    tty: bool = Field(
        default=False, description="whether all streams of the block are one terminal"
    )


def read_options(code: str) -> BlockOptions:
    """Return the options that *code* begins with.

    Raises:
        OptionError: they are no YAML, or one is unknown or has a value that can't be.

    """
    text = "\n".join(option_lines(code))
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or error
        raise OptionError(f"{place}the options are no YAML: {problem}") from None
    if given is None:
        return BlockOptions()
    if not isinstance(given, Mapping):
        raise OptionError(f"the options must be `name: value`, not {text.strip()[:100]!r}")
    try:
        return BlockOptions.model_validate({str(name): value for name, value in given.items()})
    except ValidationError as error:
        raise OptionError(_problem(error.errors()[0])) from None


def option_lines(code: str) -> list[str]:
    """Return what stands behind `#|` in the first lines of *code*."""
    found = []
    for line in code.split("\n"):
        option = LINE.fullmatch(line)
        if option is None:
            break
        found.append(option[1])
    return found


def _problem(error: Mapping[str, Any]) -> str:
    name = ".".join(map(str, error["loc"]))
    known = list(BlockOptions.model_fields)
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        return f"unknown option {name!r}: {hint}"
    return f"option {name!r} can't be {error['input']!r}: {error['msg']}"
