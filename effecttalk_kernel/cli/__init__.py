"""The `effecttalk` command, for the cells of a notebook and for terminals."""

import signal
import sys

from effecttalk_kernel.cli.root import main

__all__ = ["main", "run"]


def run() -> None:
    """Run the command; it ends by SIGPIPE when its reader has ended (`... | head`)."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding does not have must not stop the output.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    main(prog_name="effecttalk")
