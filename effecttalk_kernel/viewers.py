"""Viewers: clients that show the terminal of a block that is on one, and type on it.

    to the client     {"event": "started", "block": 3}
                      {"output": BASE64}                 the terminal's bytes as they come
                      {"event": "ended", "block": 3}
    from the client   {"input": "text"}                  keys
                      {"rows": 30, "columns": 100}

Who comes later gets the last bytes at once: enough to show the screen.
"""

import base64
from typing import Final

from effecttalk_kernel.block import Block
from effecttalk_kernel.comms import CommandError, Data, Tell
from effecttalk_kernel.session.events import Event, Finished, OutputRead, Started
from effecttalk_kernel.session.session import Session
from effecttalk_kernel.shell.terminal import Size

# A full-screen program draws its screen with less, again and again.
KEPT_BYTES: Final = 1 << 18
LARGEST_SIDE: Final = 1_000


class Viewers:
    """The target `effecttalk.terminal`, and an observer of what blocks write there."""

    name = "effecttalk.terminal"

    def __init__(self) -> None:
        self._session: Session | None = None
        self._clients: dict[str, Tell] = {}
        self._block = 0
        self._kept = b""

    def show(self, session: Session) -> None:
        """Show the blocks of *session* from now on."""
        self._session = session

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        if not block.tty:
            return
        match event:
            case Started():
                self._block, self._kept = block.number, b""
                self._attach()
                self._tell_all({"event": "started", "block": block.number})
            case OutputRead(_, data) if self._block == block.number:
                self._kept = (self._kept + data)[-KEPT_BYTES:]
                self._tell_all({"output": base64.b64encode(data).decode()})
            case Finished():
                self._block = 0
                self._tell_all({"event": "ended", "block": block.number})

    def opened(self, identity: str, tell: Tell) -> None:
        """Show a new client what there is."""
        self._clients[identity] = tell
        if self._block:
            self._attach()
            tell(identity, {"event": "started", "block": self._block})
            tell(identity, {"output": base64.b64encode(self._kept).decode()})

    def closed(self, identity: str) -> None:
        """Forget a client; questions are asked as before when it was the last."""
        self._clients.pop(identity, None)
        self._attach()

    def commanded(self, data: Data) -> None:
        """Type keys, or give the terminal another size."""
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

    def _attach(self) -> None:
        if self._session is not None:
            self._session.attach(is_attached=bool(self._clients))

    def _tell_all(self, data: Data) -> None:
        for identity, tell in self._clients.items():
            tell(identity, data)
