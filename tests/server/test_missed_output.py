"""Output of a kernel's blocks while no page is open can be read from the store."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import Start
from tests.server.server import PATIENCE_SECONDS, Client


def wait_for_outputs(
    client: Client, block: str, condition: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Return the outputs of a block when they meet a condition."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        reply = client.ask("GET", f"blocks/{block}/outputs")
        if reply.status_code == 200 and condition(shown := reply.json()):
            return shown
        assert time.monotonic() < end, reply.text
        time.sleep(0.05)  # the store does not notify


def stdout(shown: dict[str, Any]) -> str:
    return "".join(each["text"] for each in shown["outputs"] if each.get("name") == "stdout")


def test_a_running_block(client: Client, start: Start, tmp_path: Path) -> None:
    notebook = start(EFFECTTALK_DATA_DIR=str(client.server.data))
    session = notebook.run("echo $EFFECTTALK_SESSION").stdout.strip()
    cell = notebook.send(f"cd {tmp_path}; mkfifo go; echo so far; read -r line <go; echo $line")
    shown = wait_for_outputs(client, f"{session}-2", lambda shown: "so far" in stdout(shown))
    assert (shown["status"], shown["is_running"]) == ("running", True)
    assert client.get(f"sessions/{session}")["state"] == "live"
    (tmp_path / "go").write_text("the rest\n")
    notebook.finish(cell)
    shown = wait_for_outputs(client, f"{session}-2", lambda shown: "the rest" in stdout(shown))
    assert (stdout(shown), shown["is_running"]) == ("so far\nthe rest\n", False)


def test_a_block_in_the_background(client: Client, start: Start, tmp_path: Path) -> None:
    notebook = start(EFFECTTALK_DATA_DIR=str(client.server.data))
    session = notebook.run("echo $EFFECTTALK_SESSION").stdout.strip()
    notebook.run(f"cd {tmp_path}; mkfifo go; (read -r line <go; echo $line) & echo begun")
    shown = wait_for_outputs(client, f"{session}-2", lambda shown: "begun" in stdout(shown))
    assert (shown["status"], shown["is_running"]) == ("background", True)
    notebook.run("echo late >go")
    shown = wait_for_outputs(client, f"{session}-2", lambda shown: "late" in stdout(shown))
    assert stdout(shown) == "begun\nlate\n"
