"""A sample store with sessions, its content as values, and other processes that use it."""

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from effecttalk_kernel.store import outputs, search_index, shell_states
from effecttalk_kernel.store.database import connect, open_store
from effecttalk_kernel.store.rows import NewBlock, NewSession
from effecttalk_kernel.store.sessions import delete_session, find_session
from effecttalk_kernel.store.writer import SessionWriter

MAX_BYTES = 1_000_000
TABLES = ("sessions", "blocks", "outputs", "pieces", "states")

Session = Mapping[int, str]


def fill(data: Path, sessions: Mapping[str, Session]) -> None:
    """Store sessions: block numbers and what they print; a block ends at second *number*."""
    connect(data).close()
    for session, printed in sessions.items():
        run(data, session, printed)


def run(data: Path, session: str, printed: Session, *, is_closed: bool = True) -> None:
    writer = SessionWriter(data, NewSession(session, "a.ipynb", "bash", "host", 1, 1.0))
    with closing(writer), closing(connect(data)) as connection:
        for number, text in printed.items():
            ends = float(number)
            writer.put(
                NewBlock(number, f"echo {text}", "success", 0, ends - 1, ends, "/a", "/a", None)
            )
            follow(connection, session, number, text)
        if is_closed:
            assert writer.finish()


def follow(connection: sqlite3.Connection, session: str, number: int, text: str) -> None:
    """Store what a kernel stores of a block after its reply."""
    shown = [{"output_type": "stream", "name": "stdout", "text": f"{text}\n"}]
    kept = outputs.put_outputs(connection, session, number, shown, MAX_BYTES)
    assert kept is not None
    search_index.index_block(connection, indexed(kept.block, session, text))
    parts = ([f"v={text}\n".encode()], [b"f() { :; }\n"], [b"set +e\n"])
    shell_states.put_state(connection, session, shell_states.NewState(number, parts))


def indexed(key: int, session: str, text: str) -> search_index.IndexedBlock:
    return search_index.IndexedBlock(
        key=key,
        session=session,
        code=f"echo {text}",
        outputs=[{"output_type": "stream", "name": "stdout", "text": text}],
        started=0.0,
        cwd="/a",
        has_failed=False,
    )


def delete(data: Path, session: str) -> None:
    with open_store(data) as connection:
        delete_session(connection, find_session(connection, session), data / "spills")


def held(data: Path) -> dict[str, Any]:
    """Return everything that is stored of each session, without the keys of rows."""
    with open_store(data) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM sessions ORDER BY id").fetchall()
        return {row["id"]: _session(connection, row) for row in rows}


def _session(connection: sqlite3.Connection, session: sqlite3.Row) -> dict[str, Any]:
    blocks = connection.execute(
        "SELECT * FROM blocks WHERE session = ? ORDER BY number", (session["key"],)
    ).fetchall()
    kept = connection.execute(
        "SELECT number FROM states WHERE session = ? ORDER BY number", (session["key"],)
    ).fetchall()
    return {
        "row": {name: session[name] for name in session.keys() if name != "key"},  # noqa: SIM118
        "blocks": {block["number"]: _block(connection, block) for block in blocks},
        "states": {
            number: shell_states.find_state(connection, session["id"], number) for (number,) in kept
        },
    }


def _block(connection: sqlite3.Connection, block: sqlite3.Row) -> dict[str, Any]:
    words = connection.execute(
        "SELECT code, output, facts FROM texts WHERE rowid >= ?1 * ?2 AND rowid < (?1 + 1) * ?2",
        (block["key"], search_index.MAX_PARTS),
    ).fetchall()
    return {
        "row": {name: block[name] for name in block.keys() if name not in {"key", "session"}},  # noqa: SIM118
        "outputs": outputs.find_outputs(connection, block["key"]),
        "words": [tuple(row) for row in words],
    }


def assert_sound(data: Path) -> None:
    """Check the integrity of the database, its references and its index."""
    with open_store(data) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO texts (texts) VALUES ('integrity-check')")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def process(code: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """Run code in another Python process, which is killed at the end."""
    preamble = (
        "import json, os, resource, signal, sys, time\n"
        "from pathlib import Path\n"
        "data = Path(sys.argv[1])\n"
        "def stop_here(*_, **__):\n    print('here', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", preamble + code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def wait_for(started: "subprocess.Popen[str]", line: str = "here") -> None:
    """Wait until a process prints *line*."""
    assert started.stdout is not None
    assert started.stdout.readline().strip() == line


def result_of(code: str, *arguments: object) -> Any:
    """Run code in another Python process; return the JSON that it prints."""
    with process(code, *arguments) as started:
        printed, _ = started.communicate(timeout=60)
    return json.loads(printed)
