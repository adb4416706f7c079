"""Main: `python -m effecttalk_kernel`, what the kernelspec runs."""

import os
import sys

from effecttalk_kernel.kernel.sockets import bind_sockets

if sys.getfilesystemencoding() != "utf-8":
    # In a locale such as de_DE.ISO-8859-1. Paths, arguments and the environment are bytes, which
    # the kernel writes and reads as UTF-8, as bash's output and Jupyter's messages.
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def _connection_file(arguments: list[str]) -> str:
    """Return the argument after `-f`; the app reads all others."""
    after = arguments.index("-f") + 1 if "-f" in arguments else len(arguments)
    return "".join(arguments[after : after + 1])


with bind_sockets(_connection_file(sys.argv[1:])) as sockets:
    # Not above: a client finds the sockets while this is imported.
    from effecttalk_kernel.kernel.app import main

    main(sockets, sys.argv[1:])
