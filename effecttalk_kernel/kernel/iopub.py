"""Iopub: the messages that go to every client, sent while the shell already works."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

from effecttalk_kernel.kernel.channels import Channel
from effecttalk_kernel.kernel.messages import MessageSession
from effecttalk_kernel.output.publisher import Parent


class Iopub:
    """Messages for the iopub socket, in order; they are signed and sent after the current work."""

    def __init__(self, session: MessageSession, channel: Channel, topic: str) -> None:
        self._session = session
        self._channel = channel
        self._topic = topic
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[str, Mapping[str, Any], Parent]] = deque()

    def send(self, kind: str, content: Mapping[str, Any], parent: Parent) -> None:
        """Send a message soon."""
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append((kind, content, parent))

    def flush(self) -> None:
        """Send every message that waits."""
        while self._waiting:
            kind, content, parent = self._waiting.popleft()
            topic = f"{self._topic}.{kind}".encode()
            self._session.send(self._channel, kind, content, parent, ident=topic)
