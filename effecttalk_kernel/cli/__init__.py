"""CLI: the `effecttalk` command, inside of a session's cells and outside."""

import signal
import sys

from effecttalk_kernel.cli.root import main

__all__ = ["main", "run"]


def run() -> None:
    """Be the command: end like every program whose reader goes away (`... | head`)."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's encoding has no character for is no reason to print nothing.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    main(prog_name="effecttalk")
