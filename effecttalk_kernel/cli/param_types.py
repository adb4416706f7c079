"""Types of the command's parameters: durations, signals and times."""

import signal
import time
from datetime import datetime
from typing import Final

import click
from click.shell_completion import CompletionItem

from effecttalk_kernel.config.durations import parse_duration

SIGNAL_PREFIX: Final = "SIG"
# Offered by completion; all others are valid, too.
COMMON_SIGNALS: Final = ("TERM", "INT", "KILL", "HUP", "QUIT", "STOP", "CONT", "USR1", "USR2")


class DurationOption(click.ParamType[float]):
    """A time: `30s`, `500ms`, `1.5h`; a bare number is seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the duration in seconds. Called by click."""
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class SignalOption(click.ParamType[str]):
    """A signal as kill(1) takes it: `TERM`, `SIGTERM`, `term`, `15`."""

    name = "signal"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the name without SIG. Called by click."""
        text = str(value).upper()
        try:
            found = (
                signal.Signals(int(text))
                if text.isdecimal()
                else signal.Signals[SIGNAL_PREFIX + text.removeprefix(SIGNAL_PREFIX)]
            )
        except (ValueError, KeyError):
            self.fail(
                f"{value!r} is not a signal, use for example TERM, INT, KILL or 9", param, ctx
            )
        return found.name.removeprefix(SIGNAL_PREFIX)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the common signals that begin with *incomplete*. Called by click."""
        return [
            CompletionItem(name) for name in COMMON_SIGNALS if name.startswith(incomplete.upper())
        ]


class SinceOption(click.ParamType[float]):
    """A time in the past: how long ago (`90s`, `2h`, `7d`), or a date and time in ISO 8601."""

    name = "when"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return Unix seconds. Called by click."""
        if isinstance(value, int | float):
            return float(value)
        try:
            return time.time() - parse_duration(str(value))
        except ValueError:
            pass
        try:
            return datetime.fromisoformat(str(value)).timestamp()
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is not a time, use for example 90s, 2h, 7d or 2026-11-01", param, ctx
            )


DURATION: Final = DurationOption()
SIGNAL: Final = SignalOption()
SINCE: Final = SinceOption()
