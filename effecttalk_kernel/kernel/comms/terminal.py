"""Viewers: clients that show the terminal of a block that is on one, and type on it.

    to the client     {"event": "started", "block": 3, "cell": "c2b1"}
                      {"output": BASE64}                 the terminal's bytes as they come
                      {"output": BASE64, "again": true}  the last of them: all that is to be seen
                      {"event": "ended", "block": 3}
    from the client   {"input": "text"}                  keys
                      {"rows": 30, "columns": 100}
                      {"command": "state"}               tell again what a new client is told

Who comes later gets the last bytes at once: enough to show the screen. `cell` is there
when the front end named it in the request.
"""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any, Final

from effecttalk_kernel.block import Block
from effecttalk_kernel.kernel.comms.manager import CommandError, Data, Tell
from effecttalk_kernel.session.events import Event, Finished, OutputRead, Started
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.shell.terminal import Size

# A full-screen program draws its screen with less, again and again.
KEPT_BYTES: Final = 1 << 18
# As often as somebody sees a difference; Jupyter Server hands on 1,000 messages a second.
FRAME_SECONDS: Final = 0.02
# Less than a terminal in a page takes in: what floods faster is skipped but for its end.
BYTES_PER_SECOND: Final = 2_000_000
LARGEST_SIDE: Final = 1_000


class Viewers:
    """The target `effecttalk.terminal`, and an observer of what blocks write there."""

    name = "effecttalk.terminal"

    def __init__(self) -> None:
        self._session: ShellSession | None = None
        self._clients: dict[str, Tell] = {}
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
        if not block.spec.tty:
            return
        match event:
            case Started(request):
                self._cell = request.cell
                self._block, self._kept = block.number, b""
                self._start_frames()
                self._attach()
                self._tell_all(self._started())
            case OutputRead(_, data) if self._block == block.number:
                self._kept = (self._kept + data)[-KEPT_BYTES:]
                self._show(data)
            case Finished():
                self._flush()
                self._block = 0
                self._tell_all({"event": "ended", "block": block.number})

    def opened(self, identity: str, tell: Tell) -> None:
        """Show a new client what there is."""
        self._flush()
        self._clients[identity] = tell
        if self._block:
            self._attach()
            for data in self._state():
                tell(identity, data)

    def closed(self, identity: str) -> None:
        """Forget a client; questions are asked as before when it was the last."""
        self._clients.pop(identity, None)
        self._attach()

    def commanded(self, data: Data) -> None:
        """Type keys, give the terminal another size, or tell everything again."""
        if data.get("command") == "state":
            self._flush()
            for told in self._state():
                self._tell_all(told)
            return
        session = self._session
        if session is None or not session.is_on_terminal:
            raise CommandError("no block with `tty: true` runs")
        keys, rows, columns = (data.get(name) for name in ("input", "rows", "columns"))
        if isinstance(keys, str):
            session.press(keys.encode(errors="replace"))
        elif isinstance(rows, int) and isinstance(columns, int):
            if not (0 < rows <= LARGEST_SIDE and 0 < columns <= LARGEST_SIDE):
                raise CommandError(f"a terminal can't have {rows} rows and {columns} columns")
            session.resize(Size(rows, columns))
        else:
            raise CommandError("give `input`, or `rows` and `columns`")

    def _show(self, data: bytes) -> None:
        """Tell what is written: the first at once, what follows in frames."""
        pending = self._pending + data
        if len(pending) > KEPT_BYTES:
            pending = pending[-KEPT_BYTES:]
            # Not in the middle of a line, or of what moves the cursor.
            pending = pending[pending.find(b"\n") + 1 :]
        self._pending = pending
        if self._frame is None:
            self._next_frame()

    def _start_frames(self) -> None:
        """Tell the next output at once."""
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
            self._tell_all({"output": base64.b64encode(data).decode()})

    def _started(self) -> Data:
        told: dict[str, Any] = {"event": "started", "block": self._block}
        return told | ({"cell": self._cell} if self._cell else {})

    def _state(self) -> Sequence[Data]:
        """Return what shows the terminal to who has not seen it; nothing if there is none."""
        if not self._block:
            return ()
        return self._started(), {"output": base64.b64encode(self._kept).decode(), "again": True}

    def _attach(self) -> None:
        if self._session is not None:
            self._session.attach(is_attached=bool(self._clients))

    def _tell_all(self, data: Data) -> None:
        for identity, tell in self._clients.items():
            tell(identity, data)
