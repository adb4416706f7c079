"""Echo: what a terminal shows of a line that was typed on it, which nobody is to see.

Bytes in, bytes out, whatever the chunking: a terminal may be read while it still echoes.
"""


class EchoRemover:
    """Takes the echo of one line out of what a terminal shows."""

    def __init__(self) -> None:
        self._echoes: tuple[bytes, ...] = ()
        self._held = b""

    def expect(self, line: bytes) -> None:
        """Take *line* out the next time that it is shown; one that never was is given up.

        A terminal may show its end as a carriage return and a line feed, see OPOST.
        """
        self._echoes, self._held = (line, line.replace(b"\n", b"\r\n")), b""

    def feed(self, data: bytes) -> bytes:
        """Return what is no echo; what may be the beginning of it is held back."""
        data, self._held = self._held + data, b""
        for echo in self._echoes:
            before, found, behind = data.partition(echo)
            if found:
                self._echoes = ()
                return before + behind
        held = max((_begun(echo, data) for echo in self._echoes), default=0)
        self._held = data[len(data) - held :]
        return data[: len(data) - held]

    def release(self) -> bytes:
        """Give the line up, and return what was held back: it was none of it."""
        held, self._echoes, self._held = self._held, (), b""
        return held


def _begun(echo: bytes, data: bytes) -> int:
    """Return how much of *echo* the *data* end with."""
    longest = min(len(data), len(echo) - 1)
    return next((size for size in range(longest, 0, -1) if data.endswith(echo[:size])), 0)
