"""Calling: asks the kernel of the session in whose cell this runs, and prints what it says."""

import os
from collections.abc import Mapping

import click

from effecttalk_kernel.cli.format import printable
from effecttalk_kernel.config.settings import SOCKET
from effecttalk_kernel.rpc.client import TIMEOUT_SECONDS, call


def is_in_session() -> bool:
    """Whether there is a session whose kernel could be asked."""
    return bool(os.environ.get(SOCKET))


def ask(
    name: str, *, timeout_seconds: float | None = TIMEOUT_SECONDS, **arguments: object
) -> Mapping[str, object]:
    """Make one call and return its answer; without a timeout, wait as long as it takes.

    Raises:
        CallError: the kernel cannot be reached, does not answer in time, or refuses.

    """
    path = os.environ.get(SOCKET, "")
    answer = call(path, name, timeout_seconds=timeout_seconds, **arguments)
    text = answer.get("text")
    for line in text if isinstance(text, list) else ():
        click.echo(printable(str(line)))
    return answer
