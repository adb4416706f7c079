"""The `effecttalk` command, for the cells of a notebook and for terminals."""

import codecs
import signal
import sys
from typing import Final

from effecttalk_kernel.cli.root import main

__all__ = ["main", "run"]


# The name of a handler of errors when text is encoded.
ESCAPE: Final = "effecttalk_escape"


def _escape_unencodable(error: UnicodeError) -> tuple[str | bytes, int]:
    r"""Return `$'\351'` for bytes that are not UTF-8, and escapes for other characters."""
    from effecttalk_kernel.bash_quoting import BYTES, escape_bytes

    if isinstance(error, UnicodeEncodeError):
        found = BYTES.match(error.object, error.start)
        if found is not None:
            return escape_bytes(found[0]), found.end()
    return codecs.backslashreplace_errors(error)


codecs.register_error(ESCAPE, _escape_unencodable)


def run() -> None:
    """Run the command; it ends by SIGPIPE when its reader has ended (`... | head`)."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding does not have must not stop the output.
        stream.reconfigure(errors=ESCAPE)  # type: ignore[union-attr]
    main(prog_name="effecttalk")
