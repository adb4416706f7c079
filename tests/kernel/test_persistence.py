"""What a kernel stores of its blocks, whatever happens to the kernel and to the store."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from effecttalk_kernel.store import blocks, sessions
from effecttalk_kernel.store.blocks import BlockFilter
from effecttalk_kernel.store.database import open_store, store_path
from effecttalk_kernel.store.outputs import extract_text, find_outputs
from effecttalk_kernel.store.rows import SessionState, StoredBlock
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook, eventually

Start = Callable[..., Notebook]
SECRET = "hunter2" + "hunter2"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def notebook(data: Path, template: KernelTemplate) -> Iterator[Notebook]:
    with Notebook({"EFFECTTALK_DATA_DIR": str(data)}, template=template) as notebook:
        yield notebook


def kept(data: Path) -> list[StoredBlock]:
    with open_store(data) as connection:
        return [*reversed(blocks.list_blocks(connection, BlockFilter()))]


def shown(data: Path, block: StoredBlock) -> str:
    with open_store(data) as connection:
        return extract_text(find_outputs(connection, block.key))


def eventually_shown(data: Path, number: int, text: str) -> None:
    eventually(lambda: text in shown(data, kept(data)[number - 1]), f"{text!r} in the store")


def test_a_block_is_stored_before_its_reply(notebook: Notebook, data: Path) -> None:
    notebook.run("echo one")
    notebook.run("cd /tmp; (exit 3)")
    first, second = kept(data)
    assert (first.code, first.status, first.exit_status) == ("echo one", "success", 0)
    assert (second.status, second.exit_status, second.record["cwd"]["after"]) == (
        "failed",
        3,
        "/tmp",
    )
    assert first.ended is not None
    assert first.started <= first.ended <= second.started


def test_outputs_are_stored_after_the_reply(notebook: Notebook, data: Path) -> None:
    notebook.run(r"printf 'a\rb\n'; echo problem >&2; false")
    eventually_shown(data, 1, "problem")
    (block,) = kept(data)
    with open_store(data) as connection:
        record, stdout, stderr, error = find_outputs(connection, block.key)
    assert stdout == {"output_type": "stream", "name": "stdout", "text": "b\n"}
    assert stderr == {"output_type": "stream", "name": "stderr", "text": "problem\n"}
    assert error["evalue"] == "`false` in line 1 ended with exit status 1"
    assert record["data"]["application/vnd.effecttalk.block+json"] == block.record


def test_a_running_block_is_in_the_store(notebook: Notebook, data: Path) -> None:
    cell = notebook.send("echo begun; read -t 30 answer < <(sleep 30)")
    notebook.wait(lambda: "begun" in cell.stdout, "the beginning")
    (block,) = kept(data)
    assert (block.status, block.ended) == ("running", None)
    with open_store(data) as connection:
        (session,) = sessions.list_sessions(connection)
    assert (session.active_block, session.state) == (1, SessionState.LIVE)
    notebook.manager.interrupt_kernel()
    notebook.finish(cell)


def test_late_output_comes_to_its_block(notebook: Notebook, data: Path) -> None:
    cell = notebook.run("(read -t 0.2 < <(sleep 1); echo late) & echo early")
    notebook.run("echo other")
    notebook.late(cell, lambda cell: "late" in cell.stdout)
    eventually_shown(data, 1, "late")
    assert kept(data)[0].record["volatile"]["background_ended"]
    with open_store(data) as connection:
        assert [f.block.number for f in blocks.search(connection, "late", BlockFilter())] == [1]


def test_a_silent_block_is_stored(notebook: Notebook, data: Path) -> None:
    notebook.run("x=1", silent=True)
    assert [block.code for block in kept(data)] == ["x=1"]


def test_a_session_knows_its_notebook_and_ends(data: Path, template: KernelTemplate) -> None:
    environment = {"EFFECTTALK_DATA_DIR": str(data), "JPY_SESSION_NAME": "/home/me/a.ipynb"}
    with Notebook(environment, template=template) as notebook:
        notebook.run("cd /usr")
    with open_store(data) as connection:
        (session,) = sessions.list_sessions(connection)
    assert (session.notebook, session.state, session.cwd, session.blocks) == (
        "/home/me/a.ipynb",
        SessionState.CLOSED,
        "/usr",
        1,
    )


def test_a_killed_kernel_leaves_a_lost_session_and_what_it_showed(
    data: Path, template: KernelTemplate
) -> None:
    with Notebook({"EFFECTTALK_DATA_DIR": str(data)}, template=template) as notebook:
        notebook.run("echo one")
        cell = notebook.send("echo long; sleep 100")
        notebook.wait(lambda: "long" in cell.stdout, "output")
        eventually_shown(data, 2, "long")
        os.kill(notebook.pid, signal.SIGKILL)
        eventually(lambda: not notebook.manager.is_alive(), "its end")
    with open_store(data) as connection:
        (lost,) = sessions.mark_lost(connection, data)
        (session,) = sessions.list_sessions(connection)
    assert (session.id, session.state, session.blocks) == (lost, SessionState.LOST, 2)
    assert [block.status for block in kept(data)] == ["success", "running"]


def test_a_locked_store_does_not_delay_blocks(notebook: Notebook, data: Path) -> None:
    notebook.run(":")
    with closing(sqlite3.connect(store_path(data), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        for number in range(3):
            assert notebook.run(f"echo {number}").status == "ok"
        assert time.monotonic() - began < 5
        assert len(kept(data)) == 1
        other.execute("ROLLBACK")
    eventually(lambda: len(kept(data)) == 4, "the blocks that waited")
    eventually_shown(data, 4, "2\n")


def test_an_unusable_store_is_reported_once(tmp_path: Path, template: KernelTemplate) -> None:
    (tmp_path / "file").touch()
    with Notebook(
        {"EFFECTTALK_DATA_DIR": str(tmp_path / "file" / "data")}, template=template
    ) as notebook:
        first = notebook.run("echo one")
        second = notebook.run("echo two")
    assert (first.stdout, second.stdout, second.stderr) == ("one\n", "two\n", "")
    assert first.stderr.startswith("effecttalk: this session is not stored: ")
    assert "Not a directory" in first.stderr


def test_a_foreign_database_is_not_touched(data: Path, template: KernelTemplate) -> None:
    data.mkdir()
    with closing(sqlite3.connect(store_path(data))) as foreign:
        foreign.execute("CREATE TABLE theirs (x)")
    before = store_path(data).read_bytes()
    with Notebook({"EFFECTTALK_DATA_DIR": str(data)}, template=template) as notebook:
        cell = notebook.run("echo one")
    assert "is a database of another program" in cell.stderr
    assert store_path(data).read_bytes() == before


@pytest.mark.parametrize("damage", ["header", "middle", "text"])
def test_a_damaged_store_is_set_aside(data: Path, damage: str, template: KernelTemplate) -> None:
    with Notebook({"EFFECTTALK_DATA_DIR": str(data)}, template=template) as notebook:
        for number in range(20):
            notebook.run(f"echo {number}")
    path = store_path(data)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        if damage == "text":
            file.write(b"this is no database")
        else:
            file.seek(100 if damage == "header" else 4096)
            file.write(b"\xff" * (path.stat().st_size - file.tell()))
    with Notebook({"EFFECTTALK_DATA_DIR": str(data)}, template=template) as notebook:
        cells = [notebook.run(f"echo {word}") for word in ("one", "two", "three")]
    assert [cell.stdout for cell in cells] == ["one\n", "two\n", "three\n"]
    told = "".join(cell.stderr for cell in cells)
    assert "damaged" in told
    assert "a new one was created" in told
    assert "no backup" in told
    assert [block.code for block in kept(data)] == ["echo one", "echo two", "echo three"]
    assert len([*data.glob("store.damaged-*.sqlite")]) == 1


def test_keep_sessions_switches_the_store_off(data: Path, template: KernelTemplate) -> None:
    environment = {"EFFECTTALK_DATA_DIR": str(data), "EFFECTTALK_KEEP_SESSIONS": "0"}
    with Notebook(environment, template=template) as notebook:
        assert notebook.run("echo one").stderr == ""
    assert not store_path(data).exists()


def everything(data: Path) -> bytes:
    """All that is in the store, uncompressed, and in its files."""
    found = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    with open_store(data) as connection:
        found += "".join(extract_text(find_outputs(connection, b.key)) for b in kept(data)).encode()
        for sql in ("SELECT data FROM pieces", "SELECT environment FROM sessions"):
            import zlib

            for (blob,) in connection.execute(sql):
                found += zlib.decompress(blob)
    return found


def test_stored_blocks_have_no_secrets(data: Path, template: KernelTemplate) -> None:
    environment = {"EFFECTTALK_DATA_DIR": str(data), "API_TOKEN": "outer" + SECRET}
    with Notebook(environment, template=template) as notebook:
        notebook.run(f"export DB_PASSWORD={SECRET}")
        cell = notebook.run("echo $DB_PASSWORD $API_TOKEN; grep -q x <<<$DB_PASSWORD")
        assert SECRET in cell.stdout  # the live output is the user's
        notebook.run("for i in $(seq 60000); do echo line $i; done; echo $DB_PASSWORD")
        notebook.run(r"""printf '\e[1m%s\e[0m%s\n' "${DB_PASSWORD:0:5}" "${DB_PASSWORD:5}" """)
        notebook.run("undoable=1")
        eventually_shown(data, 5, "")
    assert SECRET.encode() not in everything(data)
    assert "•••" in shown(data, kept(data)[1])
    assert json.loads(json.dumps(kept(data)[2].record))["redacted"] == {"variable": 1}


def test_outputs_of_cells_are_masked_only_on_request(data: Path, template: KernelTemplate) -> None:
    environment = {"EFFECTTALK_DATA_DIR": str(data), "EFFECTTALK_REDACT_OUTPUT": "1"}
    with Notebook({**environment, "API_TOKEN": SECRET}, template=template) as notebook:
        cell = notebook.run(
            "echo -n token: $API_TOKEN; echo; printf ${API_TOKEN:0:5}; echo ${API_TOKEN:5}"
        )
        question = notebook.run("read -p 'Go on? ' answer; echo $answer", answers=["yes"])
    assert cell.stdout == "token: •••\n•••\n"
    assert question.questions[0]["prompt"] == "Go on? "


@pytest.mark.parametrize("before", [[], [":"]])
def test_a_block_that_kills_its_kernel_is_stored(
    data: Path, before: list[str], template: KernelTemplate
) -> None:
    with Notebook({"EFFECTTALK_DATA_DIR": str(data)}, template=template) as notebook:
        for code in before:
            notebook.run(code)
        notebook.send("kill -9 $PPID")
        eventually(lambda: not notebook.manager.is_alive(), "its end")
    assert [block.code for block in kept(data)] == [*before, "kill -9 $PPID"]
