"""Rate limit: how much may be sent now without Jupyter Server dropping any of it.

The server counts published messages in a sliding window and drops what exceeds
its limits (ServerApp.iopub_data_rate_limit, iopub_msg_rate_limit,
rate_limit_window). It starts counting again when the kernel becomes idle.
Nothing here reads a clock: the time is passed in.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

# On the wire a message is longer than its text: headers and a signature are added.
ENVELOPE_BYTES: Final = 1_000
# JSON writes these with two bytes; an escape character takes six.
ESCAPED: Final = ('"', "\\", "\n", "\t", "\r", "\b")


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What the server lets through, averaged over its window."""

    bytes_per_second: float
    messages_per_second: float
    window_seconds: float


class RateLimiter:
    """Counts the messages of the last window."""

    def __init__(self, limits: RateLimits) -> None:
        self._window_seconds = limits.window_seconds
        self._max_bytes = limits.bytes_per_second * limits.window_seconds
        self._most_messages = limits.messages_per_second * limits.window_seconds
        self._sent: deque[tuple[float, int]] = deque()
        self._sent_bytes = 0

    def count(self, now: float, size: int) -> None:
        """Count a message of *size* bytes."""
        self._sent.append((now, size))
        self._sent_bytes += size

    def reset(self) -> None:
        """Forget the messages so far, as the server does when the kernel becomes idle."""
        self._sent.clear()
        self._sent_bytes = 0

    def wait_seconds(self, now: float, size: int, share: float) -> float:
        """Return how long until *size* bytes may be sent within *share* (0 to 1) of the limits.

        A message that exceeds them on its own waits until the window is empty.
        """
        while self._sent and self._sent[0][0] <= now - self._window_seconds:
            self._sent_bytes -= self._sent.popleft()[1]
        excess_bytes = self._sent_bytes + size - self._max_bytes * share
        excess_messages = len(self._sent) + 1 - self._most_messages * share
        wait = 0.0
        for sent, sent_size in self._sent:
            if excess_bytes <= 0 and excess_messages <= 0:
                break
            excess_bytes -= sent_size
            excess_messages -= 1
            wait = sent + self._window_seconds - now
        return wait


def wire_bytes(text: str) -> int:
    """Return about how many bytes a message with *text* takes."""
    escaped = sum(map(text.count, ESCAPED)) + 5 * text.count("\x1b")
    return ENVELOPE_BYTES + len(text.encode(errors="replace")) + escaped
