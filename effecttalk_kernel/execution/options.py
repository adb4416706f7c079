r"""Options: the block options in the first lines of a cell.

    #| timeout: 30s
    #| stdin: "yes\nno\n"
    ask-twice

To the shell they are comments; together they are a YAML document. Importing this module takes
0.1 s (pydantic), so the kernel does that when a cell has options.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.execution.option_types import (
    CacheValue,
    CommandLine,
    ConfirmQuestion,
    Duration,
    MimeType,
    Names,
    RetryValue,
    Size,
    Statuses,
    Value,
    VariableName,
)

OPTION_LINE: Final = re.compile(r"#\|[ \t]?(.*)")
# Options that cannot be combined; no front end watches a block in the background.
EXCLUSIONS: Final[Mapping[str, frozenset[str]]] = {
    "allow_failure": frozenset({"expect_exit"}),
    "background": frozenset({"tty", "retry", "fallback", "stdin"}),
    "cache": frozenset({"tty", "background"}),
    "mime": frozenset({"tty", "stderr"}),
    "shell": frozenset({"errexit"}),
}


@dataclass(frozen=True, slots=True)
class DefaultOptions:
    """Options of a block that does not set them itself, and the place where they are set."""

    place: str
    options: object


def _is_set(value: object) -> bool:
    return value is not None and value is not False


class BlockOptions(BaseModel):
    """How one block is to run."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    stdin: str | None = Field(
        default=None, description="lines typed when a program of the block asks for input"
    )
    tty: bool | None = Field(
        default=None,
        description="whether all streams of the block are one terminal; by default, full-screen"
        " programs get one",
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
        description="whether standard error is separate, or in exact order with standard output",
    )
    mime: MimeType = Field(
        default=None,
        description="media type of standard output, a pipe that is shown if the block succeeds",
    )
    output_limit: Size | None = Field(
        default=None,
        alias="output-limit",
        description="how many bytes of each output stream are shown",
    )
    timeout: Duration | None = Field(
        default=None,
        description="time after which the block and everything it has started are ended",
    )
    allow_failure: bool = Field(
        default=False,
        alias="allow-failure",
        description="whether any exit status counts as success",
    )
    expect_exit: Statuses | None = Field(
        default=None,
        alias="expect-exit",
        description="exit status, or list of statuses, that counts as success",
    )

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)] | None = Field(
        default=None, description="name by which later blocks find its output and exit status"
    )
    needs: Names = Field(
        default=(), description="names of blocks that must have succeeded before this one runs"
    )
    retry: RetryValue = Field(
        default=None, description="whether, and how, the block is tried again when it fails"
    )
    fallback: str | None = Field(
        default=None, description="shell code that runs if the last attempt fails"
    )
    confirm: ConfirmQuestion = Field(
        default=None, description="question that the user must answer with yes before it runs"
    )
    background: bool = Field(
        default=False, description="whether the next block runs while this one still does"
    )
    cache: CacheValue = Field(
        default=None,
        description="whether stored output is shown while the inputs of the block are unchanged",
    )
    shell: CommandLine = Field(
        default=None,
        description="program, with its arguments, that runs the code instead of the shell",
    )

    @model_validator(mode="after")
    def _check_exclusions(self) -> "BlockOptions":
        given = {name for name in self.model_fields_set if _is_set(getattr(self, name))}
        if self.stderr == "split":
            given.discard("stderr")
        for name, excluded in EXCLUSIONS.items():
            if name in given and (others := given & excluded):
                other = min(others)
                raise ValueError(
                    f"{_option_name(name)} and {_option_name(other)} cannot be combined"
                )
        return self

    @property
    def expected(self) -> frozenset[int] | None:
        """The exit statuses of a success; None: all of them."""
        if self.allow_failure:
            return None
        return frozenset({0} if self.expect_exit is None else self.expect_exit)


KNOWN_OPTIONS: Final = [field.alias or name for name, field in BlockOptions.model_fields.items()]


def read_options(code: str, defaults: Sequence[DefaultOptions] = ()) -> BlockOptions:
    """Return the options of *code*, each with the first default that there is for it.

    Raises:
        OptionError: they are not YAML, or an option is unknown or has an invalid value.

    """
    text = "\n".join(find_option_lines(code))
    if not defaults:
        return _validate_text(text)
    merged: dict[str, Any] = {}
    for layer in reversed(defaults):
        merged = _merge(merged, _check_defaults(layer))
    return _validate(_merge(merged, _read_yaml(text)))


@lru_cache
def _validate_text(text: str) -> BlockOptions:
    return _validate(_read_yaml(text))


def _check_defaults(layer: DefaultOptions) -> Mapping[str, Any]:
    """Return the options of *layer*, which are valid."""
    if not isinstance(layer.options, Mapping):
        raise OptionError(f"{layer.place}: the options must be an object, not {layer.options!r}")
    try:
        _validate(layer.options)
    except OptionError as error:
        raise OptionError(f"{layer.place}: {error}") from None
    return layer.options


def _merge(defaults: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return *options* together with those of *defaults* that they neither set nor exclude."""
    dropped = {
        _option_name(name)
        for name, others in EXCLUSIONS.items()
        if options.keys() & _option_names(others)
    }
    for name, others in EXCLUSIONS.items():
        if _option_name(name) in options:
            dropped |= _option_names(others)
    return {**{name: value for name, value in defaults.items() if name not in dropped}, **options}


def _option_name(name: str) -> str:
    return BlockOptions.model_fields[name].alias or name


def _option_names(names: frozenset[str]) -> set[str]:
    return {_option_name(name) for name in names}


def _validate(given: Mapping[str, Any]) -> BlockOptions:
    try:
        return BlockOptions.model_validate(given)
    except ValidationError as error:
        raise OptionError(_describe_error(error.errors()[0])) from None


@lru_cache
def _read_yaml(text: str) -> Mapping[str, Any]:
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or error
        raise OptionError(f"{place}the options are not YAML: {problem}") from None
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise OptionError(f"the options must be `name: value`, not {text.strip()[:100]!r}")
    return {str(name): value for name, value in given.items()}


def find_option_lines(code: str) -> list[str]:
    """Return the text after `#|` in the first lines of *code*."""
    found = []
    for line in code.split("\n"):
        option = OPTION_LINE.fullmatch(line)
        if option is None:
            break
        found.append(option[1])
    return found


def _find_suboptions(option: str) -> Mapping[str, object]:
    """Return the fields of an option that is an object."""
    fields = BlockOptions.model_fields.items()
    field = next(field for name, field in fields if (field.alias or name) == option)
    models = (each for each in get_args(field.annotation) if hasattr(each, "model_fields"))
    found: Mapping[str, object] = next(models).model_fields
    return found


def _describe_error(error: Mapping[str, Any]) -> str:
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return f"invalid options: {message}"
    *above, last = map(str, error["loc"])
    name = ".".join([*above, last])
    if error["type"] == "extra_forbidden":
        known = [*_find_suboptions(above[0])] if above else KNOWN_OPTIONS
        suggestions = difflib.get_close_matches(last, known, 1)
        hint = (
            f"did you mean {suggestions[0]!r}?" if suggestions else f"use one of {', '.join(known)}"
        )
        return f"unknown option {name!r}: {hint}"
    return f"invalid value {error['input']!r} for option {name!r}: {message}"
