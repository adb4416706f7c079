"""Given: durations and signals, as users write them on the command line."""

import signal
from typing import Final

import click
from click.shell_completion import CompletionItem

from effecttalk_kernel.config.durations import seconds_of

PREFIX: Final = "SIG"
# What ends, stops and continues processes; others can be given all the same.
USUAL: Final = ("TERM", "INT", "KILL", "HUP", "QUIT", "STOP", "CONT", "USR1", "USR2")


class DurationOption(click.ParamType[float]):
    """A time: `30s`, `500ms`, `1.5h`; a bare number is seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds. Called by click."""
        try:
            return seconds_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class SignalOption(click.ParamType[str]):
    """A signal as kill(1) takes it: `TERM`, `SIGTERM`, `term`, `15`."""

    name = "signal"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return its name without SIG. Called by click."""
        text = str(value).upper()
        try:
            found = (
                signal.Signals(int(text))
                if text.isdecimal()
                else signal.Signals[PREFIX + text.removeprefix(PREFIX)]
            )
        except (ValueError, KeyError):
            self.fail(f"{value!r} is no signal: give TERM, INT, KILL or a number", param, ctx)
        return found.name.removeprefix(PREFIX)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the usual ones that begin so. Called by click."""
        return [CompletionItem(name) for name in USUAL if name.startswith(incomplete.upper())]


DURATION: Final = DurationOption()
SIGNAL: Final = SignalOption()
