"""`effecttalk doctor`: check the installation and suggest fixes."""

import sys
from typing import Final

import click

from effecttalk_kernel.cli.tables import as_json_option, print_json
from effecttalk_kernel.cli.text_format import escape

GOOD: Final = "ok"
BAD: Final = "FAILED"


@click.command()
@as_json_option
def doctor(*, as_json: bool) -> None:
    """Check the installation and suggest fixes.

    Nothing is changed. The exit status is 1 if a check fails.
    """
    from effecttalk_kernel.cli.doctor_checks import run_checks

    checks = run_checks()
    if as_json:
        print_json([{"check": each.name, "ok": each.is_good, "text": each.text} for each in checks])
    else:
        for each in checks:
            color, word = ("green", GOOD) if each.is_good else ("red", BAD)
            click.echo(f"{click.style(f'{word:<7}', fg=color)}{each.name}: {escape(each.text)}")
    sys.exit(0 if all(each.is_good for each in checks) else 1)
