"""Traits: the kinds of values that settings have, and what each of them allows.

What can't be is told in one way, wherever it stands:
`Settings.rows can't be 0: it must be a whole number from 1 to 65,535`.
"""

import codecs
import re
from typing import Any, Final, NoReturn, cast

from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, TraitType, Unicode

from effecttalk_kernel.config.durations import duration_told, seconds_of
from effecttalk_kernel.config.sizes import bytes_of, size_told

# A terminal type is the name of a file of terminfo(5). Compiled when it is needed.
TERMINAL_TYPE: Final = r"[A-Za-z0-9][A-Za-z0-9+._-]{0,63}"


class Setting(TraitType[Any, Any]):
    """What all kinds have in common: each is read from all sources, and says what it allows.

    A notebook may set only what is tagged so: it comes from anywhere, and opening it
    must run nothing, open no path and loosen no guard.
    """

    metadata = {"config": True, "notebook": False}  # noqa: RUF012 # an attribute of the base class

    @property
    def allowed(self) -> str:
        """What values there may be, as in `it must be ...`."""
        raise NotImplementedError

    def shown(self, value: object) -> str:
        """Return a value as a user writes it."""
        return str(value)

    def error(
        self,
        obj: object,  # as in the base class
        value: object,
        error: Exception | None = None,
        info: str | None = None,
    ) -> NoReturn:
        """Say that *value* can't be; called by traitlets."""
        raise TraitError(f"Settings.{self.name} can't be {value!r}: it must be {self.allowed}")


class Text(Setting, Unicode[str, str]):
    """Any text."""

    @property
    def allowed(self) -> str:
        """What values there may be."""
        return "text"


class Switch(Setting, Bool[bool, bool]):
    """Yes or no; in the environment also `1` or `0`."""

    @property
    def allowed(self) -> str:
        """What values there may be."""
        return "`True` or `False`"


class Choice(Setting, Enum[str]):
    """One of some words, in capital or small letters."""

    @property
    def allowed(self) -> str:
        """What values there may be."""
        *most, last = (f"`{value}`" for value in self.values or ())
        return f"{', '.join(most)} or {last}"

    def validate(self, obj: object, value: object) -> str:
        """Take a word as it stands among the values."""
        words = {word.casefold(): word for word in self.values or ()}
        if not isinstance(value, str) or value.casefold() not in words:
            self.error(obj, value)
        return words[value.casefold()]

    def from_string(self, s: str) -> str:
        """Read a value from the environment or the command line."""
        return s


class Ranged(Setting):
    """A number from *min* to *max*, both allowed; 0 as well if *or_zero*."""

    kind = "a number"
    min: Any
    max: Any

    def __init__(self, *args: Any, or_zero: bool = False, **kwargs: Any) -> None:  # noqa: ANN401
        self._or_zero = or_zero
        super().__init__(*args, **kwargs)

    @property
    def allowed(self) -> str:
        """What values there may be."""
        zero = "0, or " if self._or_zero else ""
        return f"{zero}{self.kind} from {self.shown(self.min)} to {self.shown(self.max)}"

    def shown(self, value: object) -> str:
        """Return a value as a user writes it."""
        return f"{value:,.15g}"

    def within(self, obj: object, value: object) -> Any:  # noqa: ANN401 # a number of either kind
        """Return *value*, a number, if it is within the bounds."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.error(obj, value)
        if not (self.min <= value <= self.max or (self._or_zero and value == 0)):  # nan is not
            self.error(obj, value)
        return value


class Whole(Ranged, Int[int, int]):
    """A whole number."""

    kind = "a whole number"

    def validate(self, obj: object, value: object) -> int:
        """Take a number without a fraction: `1e6`, too."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return cast("int", self.within(obj, value if isinstance(value, int) else str(value)))


class Number(Ranged, Float[float, float]):
    """A number."""

    def validate(self, obj: object, value: object) -> float:
        """Take a number."""
        return float(self.within(obj, value))


class Size(Whole):
    """A number of bytes, also written `500kB`, `2GB`, `64MiB`."""

    kind = "a size"

    def validate(self, obj: object, value: object) -> int:
        """Take a number or a text."""
        try:
            return super().validate(obj, bytes_of(value) if isinstance(value, str) else value)
        except (ValueError, TraitError):
            self.error(obj, value)

    def from_string(self, s: str) -> int:
        """Read a value from the environment or the command line."""
        return bytes_of(s)

    def shown(self, value: object) -> str:
        """Return a value as a user writes it."""
        return size_told(cast("int", value))


class Duration(Number):
    """A time in seconds, also written `90s`, `1.5h`, `7d`."""

    kind = "a duration"

    def validate(self, obj: object, value: object) -> float:
        """Take a number or a text."""
        try:
            return super().validate(obj, seconds_of(value) if isinstance(value, str) else value)
        except (ValueError, TraitError):
            self.error(obj, value)

    def from_string(self, s: str) -> float:
        """Read a value from the environment or the command line."""
        return seconds_of(s)

    def shown(self, value: object) -> str:
        """Return a value as a user writes it."""
        return duration_told(cast("float", value))


class Names(Setting, List[str]):
    """Names; in the environment and on the command line with commas between them."""

    @property
    def allowed(self) -> str:
        """What values there may be."""
        return "a list of names"

    def from_string(self, s: str) -> list[str]:
        """Read a value from the environment or the command line."""
        return [name for name in s.replace(",", " ").split() if name]


class Patterns(Names):
    """Command patterns; in the environment and on the command line with semicolons between them."""

    @property
    def allowed(self) -> str:
        """What values there may be."""
        return "a list of patterns"

    def from_string(self, s: str) -> list[str]:
        """Read a value from the environment or the command line."""
        return [pattern.strip() for pattern in s.replace("\n", ";").split(";") if pattern.strip()]


class Rules(Setting, Dict):  # not generic when it runs
    """Patterns by their names."""

    @property
    def allowed(self) -> str:
        """What values there may be."""
        return "a mapping of names to patterns"


class Encoding(Text):
    """The name of an encoding that Python knows."""

    @property
    def allowed(self) -> str:
        """What values there may be."""
        return "the name of an encoding, as Python has it"

    def validate(self, obj: object, value: object) -> str:
        """Take a name that is known, of an encoding of text that is read piece by piece."""
        name = super().validate(obj, value)
        try:
            b"a".decode(name, "replace")  # `zip` encodes no text
            if codecs.lookup(name).incrementaldecoder is None:
                self.error(obj, value)
        except (LookupError, ValueError):
            self.error(obj, value)
        return name


class TerminalType(Text):
    """The name of a kind of terminal."""

    @property
    def allowed(self) -> str:
        """What values there may be."""
        return "the name of a terminal type: letters, digits and `+._-`"

    def validate(self, obj: object, value: object) -> str:
        """Take what can be a name of terminfo(5)."""
        name = super().validate(obj, value)
        if re.fullmatch(TERMINAL_TYPE, name) is None:
            self.error(obj, value)
        return name
