"""A client that shows the terminals of blocks and types on them."""

import base64

from tests.support.comm import Comm
from tests.support.notebook import Notebook


class Viewer(Comm):
    """A client of the comm of terminals."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(notebook, "effecttalk.terminal")

    @property
    def shown(self) -> bytes:
        """The terminal's bytes."""
        return b"".join(base64.b64decode(data["output"]) for data in self.told if "output" in data)

    def wait_for(self, shown: bytes) -> None:
        self._notebook.wait(lambda: shown in self.shown, f"{shown!r} in {self.shown[-200:]!r}")

    def wait_for_start(self) -> None:
        self._notebook.wait(lambda: any("event" in data for data in self.told), "the start")

    def type(self, *steps: tuple[bytes, str]) -> None:
        """Type keys, each when something new is shown."""
        for shown, keys in steps:
            self.wait_for(shown)
            assert self.say(input=keys) == {"status": "ok"}

    @property
    def events(self) -> list[str]:
        """The starts and ends of terminals."""
        return [data["event"] for data in self.told if data.get("event") in {"started", "ended"}]

    @property
    def pings(self) -> int:
        """How often the kernel has asked whether the terminal is shown."""
        return sum(data.get("event") == "ping" for data in self.told)

    def press(self, keys: str) -> None:
        """Type keys on the terminal that there is."""
        assert self.say(input=keys) == {"status": "ok"}
