"""Terminal: clients that show the terminal of a block or a program, and type on it.

    to the client     {"event": "started", "block": 3, "cell": "c2b1"}    it is to be shown
                      {"output": BASE64}                 the terminal's bytes as they come
                      {"output": BASE64, "again": true}  the latest bytes, which redraw the screen
                      {"event": "ended", "block": 3}                      and no more
                      {"event": "ping", "block": 3}      to be answered while it is shown
    from the client   {"input": "text"}                  keys
                      {"rows": 30, "columns": 100}
                      {"command": "state"}               send again what a new client gets
                      {"command": "shown"}               the answer to a ping

A client that opens the comm later gets the latest bytes at once, enough to draw the
screen. `cell` is there if the front end named the cell in its request.
"""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any, Final

from effecttalk_kernel.block import Block
from effecttalk_kernel.kernel.comms.manager import CommandError, Data, SendData
from effecttalk_kernel.kernel.front_ends import FrontEnds
from effecttalk_kernel.session.events import (
    Event,
    Finished,
    OutputRead,
    Started,
    TerminalClosed,
    TerminalOpened,
)
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.shell.terminal import TerminalSize

# A full-screen program redraws its screen with fewer bytes.
KEPT_BYTES: Final = 1 << 18
# The eye sees no more frames; Jupyter Server passes on 1,000 messages a second.
FRAME_SECONDS: Final = 0.02
# Less than a terminal in a page can read; of a faster flood only the end is sent.
BYTES_PER_SECOND: Final = 2_000_000
LARGEST_SIDE: Final = 1_000
# A page that loads the terminal from a slow server takes seconds.
MAX_LOADING_SECONDS: Final = 10.0


class TerminalComm:
    """The target `effecttalk.terminal`, and an observer of what blocks write to the terminal."""

    name = "effecttalk.terminal"

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._viewers: FrontEnds | None = None  # of the terminal of a program
        self._session: ShellSession | None = None
        self._clients: dict[str, SendData] = {}
        self._block = 0
        self._cell: str | None = None
        self._kept = b""
        self._loop = asyncio.get_running_loop()
        self._pending = b""
        self._frame: asyncio.TimerHandle | None = None

    def show(self, session: ShellSession) -> None:
        """Show the blocks of *session* from now on."""
        self._session = session

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        match event:
            case Started(request):
                self._cell = request.cell
                if block.spec.tty:
                    self._start(block)
            case TerminalOpened(output):
                self._start(block)
                self._add(block, output)
                self._watch()
            case OutputRead(_, data) if self._block == block.number:
                self._add(block, data)
            case TerminalClosed() | Finished() if self._block == block.number:
                self._flush()
                self._block = 0
                if self._viewers is not None:
                    self._viewers.stop()
                    self._viewers = None
                self._send_all({"event": "ended", "block": block.number})

    def _start(self, block: Block) -> None:
        self._block, self._kept = block.number, b""
        self._cancel_frame()
        self._send_all(self._started())

    def _add(self, block: Block, data: bytes) -> None:
        if not block.spec.tty:
            # The terminals of a block do not translate line ends.
            data = data.replace(b"\n", b"\r\n")
        self._kept = (self._kept + data)[-KEPT_BYTES:]
        self._queue(data)

    def _watch(self) -> None:
        """Do without clients if none shows the terminal of a program any more.

        A page that is closed says nothing. One that never showed it may not have the cell.
        """
        loading = min(self._timeout_seconds or MAX_LOADING_SECONDS, MAX_LOADING_SECONDS)
        viewers = FrontEnds(self._timeout_seconds, first_seconds=loading)
        ping = {"event": "ping", "block": self._block}

        def give_up() -> None:
            if self._session is not None:
                self._session.forget_viewers(are_gone=viewers.has_answered)

        self._viewers = viewers
        viewers.watch(lambda: self._send_all(ping), give_up)

    def open(self, comm_id: str, send: SendData) -> None:
        """Add a client, and show it the terminal that there is."""
        self._flush()
        self._clients[comm_id] = send
        self._view()
        for data in self._state():
            send(comm_id, data)

    def close(self, comm_id: str) -> None:
        """Remove a client; after the last one, input is asked for in the usual way again."""
        self._clients.pop(comm_id, None)
        self._view()

    def run_command(self, data: Data) -> None:
        """Type keys, resize the terminal, or send its state again."""
        if data.get("command") == "state":
            self._flush()
            self._view()
            for message in self._state():
                self._send_all(message)
            return
        if self._viewers is not None:
            self._viewers.note_answer()
        if data.get("command") == "shown":
            return
        session = self._session
        if session is None or not session.is_on_terminal:
            raise CommandError("no block with a terminal is running")
        keys, rows, columns = (data.get(name) for name in ("input", "rows", "columns"))
        if isinstance(keys, str):
            session.press(keys.encode(errors="replace"))
        elif isinstance(rows, int) and isinstance(columns, int):
            if not (0 < rows <= LARGEST_SIDE and 0 < columns <= LARGEST_SIDE):
                raise CommandError(
                    f"invalid terminal size: {rows} rows and {columns} columns, each must be from"
                    f" 1 to {LARGEST_SIDE}"
                )
            session.resize(TerminalSize(rows, columns))
        else:
            raise CommandError("missing `input`, or `rows` and `columns`")

    def _queue(self, data: bytes) -> None:
        """Send the first output at once, and what follows in frames."""
        pending = self._pending + data
        if len(pending) > KEPT_BYTES:
            pending = pending[-KEPT_BYTES:]
            # Start at a line: not in the middle of an escape sequence.
            pending = pending[pending.find(b"\n") + 1 :]
        self._pending = pending
        if self._frame is None:
            self._next_frame()

    def _cancel_frame(self) -> None:
        """Cancel the next frame, so that new output is sent at once."""
        if self._frame is not None:
            self._frame.cancel()
            self._frame = None

    def _next_frame(self) -> None:
        size = len(self._pending)
        self._frame = None
        if size:
            self._flush()
            wait = max(FRAME_SECONDS, size / BYTES_PER_SECOND)
            self._frame = self._loop.call_later(wait, self._next_frame)

    def _flush(self) -> None:
        data, self._pending = self._pending, b""
        if data:
            self._send_all({"output": base64.b64encode(data).decode()})

    def _started(self) -> Data:
        message: dict[str, Any] = {"event": "started", "block": self._block}
        return message | ({"cell": self._cell} if self._cell else {})

    def _state(self) -> Sequence[Data]:
        """Return the messages that let a new client draw the terminal, if there is one."""
        if not self._block:
            return ()
        return self._started(), {"output": base64.b64encode(self._kept).decode(), "again": True}

    def _view(self) -> None:
        if self._session is not None:
            self._session.view(is_viewed=bool(self._clients))

    def _send_all(self, data: Data) -> None:
        for comm_id, send in self._clients.items():
            send(comm_id, data)
