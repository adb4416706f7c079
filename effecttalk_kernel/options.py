r"""Options: what the first lines of a cell say of how its block is to run.

    #| timeout: 30s
    #| stdin: "yes\nno\n"
    ask-twice

They are comments for the shell, and YAML for us. Importing this takes 0.1 s
(pydantic): the kernel does so when the first cell has some.
"""

import difflib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from effecttalk_kernel.durations import seconds_of
from effecttalk_kernel.errors import OptionError

LINE: Final = re.compile(r"#\|[ \t]?(.*)")
LARGEST_STATUS: Final = 255
MOST_ATTEMPTS: Final = 1_000


def _seconds(value: object) -> object:
    seconds = seconds_of(value) if isinstance(value, str) else value
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        return float(seconds)
    raise ValueError("give a number and ms, s, m, h or d, as in 90s")


def _statuses(value: object) -> object:
    return [value] if isinstance(value, int) else value


def _names(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,)


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


def _text(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Value = Annotated[str, BeforeValidator(_text)]
Duration = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
ExitStatus = Annotated[int, Field(ge=0, le=LARGEST_STATUS)]
Statuses = Annotated[list[ExitStatus], BeforeValidator(_statuses), Field(min_length=1)]


class Retry(BaseModel):
    """How often, and after which pauses, a block is tried again; unset: as the settings say."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    attempts: Annotated[int, Field(ge=1, le=MOST_ATTEMPTS)] | None = None
    base_delay: Duration | None = None
    max_delay: Duration | None = None
    exit: Statuses | None = Field(default=None, description="only after these exit statuses")


def _retry(value: object) -> object:
    if value is True:
        return {}
    return {"attempts": value} if isinstance(value, int) and value is not False else value


class BlockOptions(BaseModel):
    """How one block is to run."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    stdin: str | None = Field(
        default=None, description="lines that are typed when a program of the block asks"
    )
    tty: bool = Field(
        default=False, description="whether all streams of the block are one terminal"
    )
    errexit: bool = Field(
        default=False, description="whether the block ends with the first command that fails"
    )
    cwd: str | None = Field(default=None, min_length=1, description="directory of this block only")
    env: dict[VariableName, Value] = Field(
        default_factory=dict, description="variables that are exported to this block only"
    )
    stderr: Literal["split", "merged"] | None = Field(
        default=None,
        description="whether standard error is told apart, or in exact order with standard output",
    )
    timeout: Duration | None = Field(
        default=None, description="time after which the block, and all it has started, is ended"
    )
    allow_failure: bool = Field(
        default=False,
        alias="allow-failure",
        description="whether the block has succeeded whatever its exit status",
    )
    expect_exit: Statuses | None = Field(
        default=None,
        alias="expect-exit",
        description="exit status, or statuses, with which the block has succeeded",
    )

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)] | None = Field(
        default=None, description="by which later blocks find its output and its status"
    )
    needs: Names = Field(
        default=(), description="names of blocks that must have succeeded before this one runs"
    )
    retry: Annotated[Retry | None, BeforeValidator(_retry)] = Field(
        default=None, description="whether, and how, the block is tried again when it fails"
    )
    fallback: str | None = Field(
        default=None, description="shell code that runs when the block has failed in the end"
    )

    @model_validator(mode="after")
    def _agree(self) -> "BlockOptions":
        if self.allow_failure and self.expect_exit is not None:
            raise ValueError("allow-failure and expect-exit exclude each other")
        return self

    @property
    def expected(self) -> frozenset[int] | None:
        """The exit statuses of a success; None: all of them."""
        if self.allow_failure:
            return None
        return frozenset({0} if self.expect_exit is None else self.expect_exit)


KNOWN: Final = [field.alias or name for name, field in BlockOptions.model_fields.items()]


def read_options(code: str) -> BlockOptions:
    """Return the options that *code* begins with.

    Raises:
        OptionError: they are no YAML, or one is unknown or has a value that can't be.

    """
    return _read("\n".join(option_lines(code)))


@lru_cache
def _read(text: str) -> BlockOptions:
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
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return f"the options can't be: {message}"
    *above, last = map(str, error["loc"])
    name = ".".join([*above, last])
    if error["type"] == "extra_forbidden":
        known = [*Retry.model_fields] if above else KNOWN
        near = difflib.get_close_matches(last, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        return f"unknown option {name!r}: {hint}"
    return f"option {name!r} can't be {error['input']!r}: {message}"
