"""The types of settings, with the values that each allows.

An invalid value has the same message in every source:
`Settings.rows: invalid value 0; it must be a whole number from 1 to 65,535`.
"""

import codecs
import re
from typing import Any, Final, NoReturn, cast

from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, TraitType, Unicode

from effecttalk_kernel.config.durations import format_duration, parse_duration
from effecttalk_kernel.config.sizes import format_size, parse_size

# A terminal type is the name of a file of terminfo(5). Compiled at the first use.
TERMINAL_TYPE: Final = r"[A-Za-z0-9][A-Za-z0-9+._-]{0,63}"


def invalid_value_message(value: object, allowed: str) -> str:
    """Return the message about an invalid value."""
    return f"invalid value {value!r}; it must be {allowed}"


class Setting(TraitType[Any, Any]):
    """Base class of all types: a setting can be read from all sources and knows what it allows.

    A notebook can set only settings with the tag `notebook`: it may come from anyone, and opening
    it must not run a program, open a path or weaken a protection.
    """

    metadata = {"config": True, "notebook": False}  # noqa: RUF012 # an attribute of the base class

    @property
    def allowed(self) -> str:
        """The allowed values, to complete `it must be ...`."""
        raise NotImplementedError

    def format(self, value: object) -> str:
        """Return a value in the notation of users."""
        return str(value)

    def error(
        self,
        obj: object,  # as in the base class
        value: object,
        error: Exception | None = None,
        info: str | None = None,
    ) -> NoReturn:
        """Raise the error for an invalid value. Called by traitlets."""
        raise TraitError(f"Settings.{self.name}: {invalid_value_message(value, self.allowed)}")


class String(Setting, Unicode[str, str]):
    """Any text."""

    @property
    def allowed(self) -> str:
        """The allowed values."""
        return "text"


class Switch(Setting, Bool[bool, bool]):
    """True or false; in the environment also `1` or `0`."""

    @property
    def allowed(self) -> str:
        """The allowed values."""
        return "`True` or `False`"


class Choice(Setting, Enum[str]):
    """One of several words, in upper or lower case."""

    @property
    def allowed(self) -> str:
        """The allowed values."""
        *most, last = (f"`{value}`" for value in self.values or ())
        return f"{', '.join(most)} or {last}"

    def validate(self, obj: object, value: object) -> str:
        """Accept a word in any case; return it as it is defined."""
        words = {word.casefold(): word for word in self.values or ()}
        if not isinstance(value, str) or value.casefold() not in words:
            self.error(obj, value)
        return words[value.casefold()]

    def from_string(self, s: str) -> str:
        """Parse a value from the environment or the command line."""
        return s


class Ranged(Setting):
    """A number from *min* to *max*, inclusive; if *or_zero*, 0 is allowed as well."""

    kind = "a number"
    min: Any
    max: Any

    def __init__(self, *args: Any, or_zero: bool = False, **kwargs: Any) -> None:  # noqa: ANN401
        self._or_zero = or_zero
        super().__init__(*args, **kwargs)

    @property
    def allowed(self) -> str:
        """The allowed values."""
        zero = "0, or " if self._or_zero else ""
        return f"{zero}{self.kind} from {self.format(self.min)} to {self.format(self.max)}"

    def format(self, value: object) -> str:
        """Return a value in the notation of users."""
        return f"{value:,.15g}"

    def check_range(self, obj: object, value: object) -> Any:  # noqa: ANN401 # int or float
        """Return *value* if it is a number within the bounds, otherwise raise the error."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.error(obj, value)
        if not (self.min <= value <= self.max or (self._or_zero and value == 0)):  # false for nan
            self.error(obj, value)
        return value


class Whole(Ranged, Int[int, int]):
    """A whole number."""

    kind = "a whole number"

    def validate(self, obj: object, value: object) -> int:
        """Accept a number without a fraction, also written `1e6`."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return cast("int", self.check_range(obj, value if isinstance(value, int) else str(value)))


class Number(Ranged, Float[float, float]):
    """A number."""

    def validate(self, obj: object, value: object) -> float:
        """Accept a number."""
        return float(self.check_range(obj, value))


class Size(Whole):
    """A number of bytes, also written `500kB`, `2GB`, `64MiB`."""

    kind = "a size"

    def validate(self, obj: object, value: object) -> int:
        """Accept a number, or text with a unit."""
        try:
            return super().validate(obj, parse_size(value) if isinstance(value, str) else value)
        except (ValueError, TraitError):
            self.error(obj, value)

    def from_string(self, s: str) -> int:
        """Parse a value from the environment or the command line."""
        return parse_size(s)

    def format(self, value: object) -> str:
        """Return a value in the notation of users."""
        return format_size(cast("int", value))


class Duration(Number):
    """A time in seconds, also written `90s`, `1.5h`, `7d`."""

    kind = "a duration"

    def validate(self, obj: object, value: object) -> float:
        """Accept a number, or text with a unit."""
        try:
            return super().validate(obj, parse_duration(value) if isinstance(value, str) else value)
        except (ValueError, TraitError):
            self.error(obj, value)

    def from_string(self, s: str) -> float:
        """Parse a value from the environment or the command line."""
        return parse_duration(s)

    def format(self, value: object) -> str:
        """Return a value in the notation of users."""
        return format_duration(cast("float", value))


class Names(Setting, List[str]):
    """A list of names; in the environment and on the command line, separated by commas."""

    @property
    def allowed(self) -> str:
        """The allowed values."""
        return "a list of names"

    def from_string(self, s: str) -> list[str]:
        """Parse a value from the environment or the command line."""
        return [name for name in s.replace(",", " ").split() if name]


class Patterns(Names):
    """A list of command patterns; in the environment and on the command line, separated by `;`."""

    @property
    def allowed(self) -> str:
        """The allowed values."""
        return "a list of patterns"

    def from_string(self, s: str) -> list[str]:
        """Parse a value from the environment or the command line."""
        return [pattern.strip() for pattern in s.replace("\n", ";").split(";") if pattern.strip()]


class Rules(Setting, Dict):  # not generic at run time
    """A mapping of names to patterns."""

    @property
    def allowed(self) -> str:
        """The allowed values."""
        return "a mapping of names to patterns"


class Encoding(String):
    """The name of a text encoding of Python."""

    @property
    def allowed(self) -> str:
        """The allowed values."""
        return "the name of an encoding that Python supports"

    def validate(self, obj: object, value: object) -> str:
        """Accept an encoding of text that can be decoded incrementally."""
        name = super().validate(obj, value)
        try:
            b"a".decode(name, "replace")  # `zip` is not an encoding of text
            if codecs.lookup(name).incrementaldecoder is None:
                self.error(obj, value)
        except (LookupError, ValueError):
            self.error(obj, value)
        return name


class TerminalType(String):
    """The name of a terminal type."""

    @property
    def allowed(self) -> str:
        """The allowed values."""
        return "the name of a terminal type: letters, digits and `+._-`"

    def validate(self, obj: object, value: object) -> str:
        """Accept a name that terminfo(5) can have."""
        name = super().validate(obj, value)
        if re.fullmatch(TERMINAL_TYPE, name) is None:
            self.error(obj, value)
        return name
