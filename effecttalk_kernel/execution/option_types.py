"""Option types: the values that block options can have."""

import difflib
import shlex
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from effecttalk_kernel.config.durations import parse_duration
from effecttalk_kernel.config.sizes import parse_size
from effecttalk_kernel.output.content.mime import MIME, TYPES

MAX_STATUS: Final = 255
MAX_ATTEMPTS: Final = 1_000
DEFAULT_QUESTION: Final = "Run this block?"
# Types of the kernel's own messages, which a block must not write.
RESERVED_TYPES: Final = "application/vnd.effecttalk."


def _parse_seconds(value: object) -> object:
    seconds = parse_duration(value) if isinstance(value, str) else value
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        return float(seconds)
    raise ValueError("use a number and ms, s, m, h or d, for example 90s")


def _parse_statuses(value: object) -> object:
    return [value] if isinstance(value, int) else value


def _parse_names(value: object) -> object:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


Names = Annotated[tuple[str, ...], BeforeValidator(_parse_names)]


def _parse_size(value: object) -> object:
    return parse_size(value) if isinstance(value, str) else value


def _parse_mime(value: object) -> object:
    if not isinstance(value, str):
        return value
    name = value.strip().lower()
    mime = TYPES.get(name, name)
    if MIME.fullmatch(mime) and not mime.startswith(RESERVED_TYPES):
        return mime
    suggestions = difflib.get_close_matches(name, TYPES, 1)
    raise ValueError(
        f"did you mean {suggestions[0]!r}?"
        if suggestions
        else f"use {', '.join(TYPES)}, or the full name of another type, as in application/geo+json"
    )


def _parse_text(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


def _check_value(value: str) -> str:
    if "\0" in value:
        raise ValueError("a variable of the environment cannot have a NUL byte")
    try:  # a lone surrogate can stand for a byte that is not UTF-8
        value.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        raise ValueError("it has half of a surrogate pair, which is not text") from None
    return value


VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
VariableNames = Annotated[tuple[VariableName, ...], BeforeValidator(_parse_names)]
Paths = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_parse_names)]
Value = Annotated[str, BeforeValidator(_parse_text), AfterValidator(_check_value)]
Size = Annotated[int, BeforeValidator(_parse_size), Field(ge=0)]
Duration = Annotated[float, BeforeValidator(_parse_seconds), Field(gt=0)]
ExitStatus = Annotated[int, Field(ge=0, le=MAX_STATUS)]
Statuses = Annotated[list[ExitStatus], BeforeValidator(_parse_statuses), Field(min_length=1)]


class RetryOption(BaseModel):
    """How often and after which delays a block is tried again; by default as the settings say."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    attempts: Annotated[int, Field(ge=1, le=MAX_ATTEMPTS)] | None = None
    base_delay: Duration | None = None
    max_delay: Duration | None = None
    exit: Statuses | None = Field(default=None, description="only after these exit statuses")


def _parse_retry(value: object) -> object:
    if value is True:
        return {}
    return {"attempts": value} if isinstance(value, int) and value is not False else value


class CacheOption(BaseModel):
    """What the output of a block depends on besides its code, and how long it is valid."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    inputs: Paths = Field(default=(), description="files that it reads, or patterns for them")
    variables: VariableNames = Field(default=(), description="variables of the shell that it reads")
    expires: Duration | None = Field(
        default=None, description="time after which the block runs again; unset: never"
    )


def _parse_cache(value: object) -> object:
    if isinstance(value, bool):
        return {} if value else None
    if value is None or isinstance(value, Mapping | CacheOption):
        return value
    raise ValueError(f"use true, or some of {', '.join(CacheOption.model_fields)}")


def _parse_question(value: object) -> object:
    return {True: DEFAULT_QUESTION, False: None}[value] if isinstance(value, bool) else value


def _check_command_line(value: str | None) -> str | None:
    if value is not None and not shlex.split(value):
        raise ValueError("name a program")
    return value


RetryValue = Annotated[RetryOption | None, BeforeValidator(_parse_retry)]
CacheValue = Annotated[CacheOption | None, BeforeValidator(_parse_cache)]
ConfirmQuestion = Annotated[
    Annotated[str, Field(min_length=1)] | None, BeforeValidator(_parse_question)
]
CommandLine = Annotated[str | None, AfterValidator(_check_command_line)]
MimeType = Annotated[str | None, BeforeValidator(_parse_mime)]
