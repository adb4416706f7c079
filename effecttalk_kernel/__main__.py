"""Main: `python -m effecttalk_kernel`, what the kernelspec runs."""

import sys

from effecttalk_kernel.kernel.sockets import bind_sockets


def _connection_file(arguments: list[str]) -> str:
    """Return the argument after `-f`; the app reads all others."""
    after = arguments.index("-f") + 1 if "-f" in arguments else len(arguments)
    return "".join(arguments[after : after + 1])


with bind_sockets(_connection_file(sys.argv[1:])) as sockets:
    # Not above: a client finds the sockets while this is imported.
    from effecttalk_kernel.kernel.app import main

    main(sockets, sys.argv[1:])
