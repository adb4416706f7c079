"""Echo: removes the echo of a typed line from the output of a terminal.

Bytes in, bytes out. The echo may come in any number of pieces: a terminal may be read
while it still echoes.
"""


class EchoRemover:
    """Removes the echo of one line from the output of a terminal."""

    def __init__(self) -> None:
        self._echoes: tuple[bytes, ...] = ()
        self._held = b""

    def expect(self, line: bytes) -> None:
        """Remove *line* the next time it appears; an earlier line is not expected any more.

        A terminal may echo its end as a carriage return and a line feed, see OPOST.
        """
        self._echoes, self._held = (line, line.replace(b"\n", b"\r\n")), b""

    def feed(self, data: bytes) -> bytes:
        """Return *data* without the echo; hold back what may be its beginning."""
        data, self._held = self._held + data, b""
        for echo in self._echoes:
            before, found, after = data.partition(echo)
            if found:
                self._echoes = ()
                return before + after
        held = max((_overlap(echo, data) for echo in self._echoes), default=0)
        self._held = data[len(data) - held :]
        return data[: len(data) - held]

    def release(self) -> bytes:
        """Stop waiting for the echo, and return what was held back: it was not the echo."""
        held, self._echoes, self._held = self._held, (), b""
        return held


def _overlap(echo: bytes, data: bytes) -> int:
    """Return how many bytes at the end of *data* are the beginning of *echo*."""
    longest = min(len(data), len(echo) - 1)
    return next((size for size in range(longest, 0, -1) if data.endswith(echo[:size])), 0)
