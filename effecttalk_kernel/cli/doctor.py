"""Doctor: `effecttalk doctor`, whether all is well, and what to do where it is not."""

import sys
from typing import Final

import click

from effecttalk_kernel.cli.format import printable
from effecttalk_kernel.cli.tables import as_json_option, print_json

GOOD: Final = "ok"
BAD: Final = "FAULT"


@click.command()
@as_json_option
def doctor(*, as_json: bool) -> None:
    """Check that all is well, and say what to do.

    Nothing is changed. The exit status is 1 when there is a fault.
    """
    from effecttalk_kernel.cli.doctor_checks import diagnose

    checks = diagnose()
    if as_json:
        print_json([{"check": each.name, "ok": each.is_good, "text": each.text} for each in checks])
    else:
        for each in checks:
            color, word = ("green", GOOD) if each.is_good else ("red", BAD)
            click.echo(f"{click.style(f'{word:<6}', fg=color)}{each.name}: {printable(each.text)}")
    sys.exit(0 if all(each.is_good for each in checks) else 1)
