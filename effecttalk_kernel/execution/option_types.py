"""Option values: what can stand behind the name of an option, and what is made of it."""

import difflib
import shlex
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from effecttalk_kernel.config.durations import seconds_of
from effecttalk_kernel.config.sizes import bytes_of
from effecttalk_kernel.output.content.mime import MIME, TYPES

LARGEST_STATUS: Final = 255
MOST_ATTEMPTS: Final = 1_000
QUESTION: Final = "Run this block?"
# What the kernel tells of blocks is not to be told by one.
OUR_TYPES: Final = "application/vnd.effecttalk."


def _seconds(value: object) -> object:
    seconds = seconds_of(value) if isinstance(value, str) else value
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        return float(seconds)
    raise ValueError("give a number and ms, s, m, h or d, as in 90s")


def _statuses(value: object) -> object:
    return [value] if isinstance(value, int) else value


def _names(value: object) -> object:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


def _size(value: object) -> object:
    return bytes_of(value) if isinstance(value, str) else value


def _mime(value: object) -> object:
    if not isinstance(value, str):
        return value
    name = value.strip().lower()
    mime = TYPES.get(name, name)
    if MIME.fullmatch(mime) and not mime.startswith(OUR_TYPES):
        return mime
    near = difflib.get_close_matches(name, TYPES, 1)
    raise ValueError(
        f"did you mean {near[0]!r}?"
        if near
        else f"known are {', '.join(TYPES)}, and other types by their whole name, as in"
        " application/geo+json"
    )


def _text(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
VariableNames = Annotated[tuple[VariableName, ...], BeforeValidator(_names)]
Paths = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_names)]
Value = Annotated[str, BeforeValidator(_text)]
Size = Annotated[int, BeforeValidator(_size), Field(ge=0)]
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


class Cache(BaseModel):
    """What the output of a block depends on besides its code, and how long it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    inputs: Paths = Field(default=(), description="files that it reads, and patterns of such")
    variables: VariableNames = Field(default=(), description="variables of the shell that it reads")
    expires: Duration | None = Field(
        default=None, description="time after which the block runs again; unset: never"
    )


def _cache(value: object) -> object:
    if isinstance(value, bool):
        return {} if value else None
    if value is None or isinstance(value, Mapping | Cache):
        return value
    raise ValueError(f"give true, or some of {', '.join(Cache.model_fields)}")


def _question(value: object) -> object:
    return {True: QUESTION, False: None}[value] if isinstance(value, bool) else value


def _command_line(value: str | None) -> str | None:
    if value is not None and not shlex.split(value):
        raise ValueError("name a program")
    return value


Retrying = Annotated[Retry | None, BeforeValidator(_retry)]
Caching = Annotated[Cache | None, BeforeValidator(_cache)]
Question = Annotated[Annotated[str, Field(min_length=1)] | None, BeforeValidator(_question)]
CommandLine = Annotated[str | None, AfterValidator(_command_line)]
MimeType = Annotated[str | None, BeforeValidator(_mime)]
