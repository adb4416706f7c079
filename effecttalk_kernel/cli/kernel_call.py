"""Call the kernel of the session in whose cell the command runs."""

import os
from collections.abc import Mapping

import click

from effecttalk_kernel.cli.text_format import escape
from effecttalk_kernel.config.settings import SOCKET
from effecttalk_kernel.rpc.client import TIMEOUT_SECONDS, call


def is_in_session() -> bool:
    """Whether the command runs in a cell of a session."""
    return bool(os.environ.get(SOCKET))


def call_kernel(
    name: str, *, timeout_seconds: float | None = TIMEOUT_SECONDS, **arguments: object
) -> Mapping[str, object]:
    """Make one call, print the text of the answer, and return the answer.

    Without a timeout, wait as long as it takes.

    Raises:
        CallError: the kernel cannot be reached, does not answer in time, or refuses.

    """
    path = os.environ.get(SOCKET, "")
    answer = call(path, name, timeout_seconds=timeout_seconds, **arguments)
    text = answer.get("text")
    for line in text if isinstance(text, list) else ():
        click.echo(escape(str(line)))
    return answer
