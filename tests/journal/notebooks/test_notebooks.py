"""Notebooks: an imported notebook is exported unchanged, or refused and not stored."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode

from effecttalk_kernel.bash_quoting import escape_bytes
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.journal.notebooks.exporter import KERNELSPEC, LANGUAGE_INFO, export_notebook
from effecttalk_kernel.journal.notebooks.importer import import_notebook
from effecttalk_kernel.kernel.kernel import EffectTalkKernel
from effecttalk_kernel.output.record import MIME_TYPE
from effecttalk_kernel.output.record_schema import Record
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.store import outputs
from effecttalk_kernel.store.blocks import BlockFilter, list_session_blocks, search
from effecttalk_kernel.store.database import connect
from effecttalk_kernel.store.errors import NotebookError
from effecttalk_kernel.store.rows import NewBlock, NewSession, SessionState, StoredSession
from effecttalk_kernel.store.sessions import find_session
from effecttalk_kernel.store.writer import SessionWriter

NOW = 1_800_000_000.0
MOST = 1_000_000
EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.ipynb"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A store for examples by the hundred."""
    connection = connect(tmp_path_factory.mktemp("store"))
    yield connection
    connection.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path)
    yield connection
    connection.close()


def replacing(replace: Callable[[str], str]) -> Masker:
    """A masker that knows no rules but *replace*."""
    masker = Masker(Settings(), {})
    masker.text = lambda text: escape_bytes(replace(text))
    return masker


def take(store: sqlite3.Connection, content: object, **changes: Any) -> StoredSession:
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    options = {
        "masker": replacing(str),
        "notebook": "a.ipynb",
        "max_bytes": MOST,
        "now": NOW,
        **changes,
    }
    return import_notebook(store, text, **options)


def code_cell(source: str = "true", *shown: dict, count: int | None = 1, **more: Any) -> dict:
    cell = {"cell_type": "code", "id": f"c{abs(hash(source))}", "metadata": {}, "source": source}
    return {**cell, "execution_count": count, "outputs": list(shown), **more}


def notebook_of(*cells: object, **more: object) -> dict:
    kernel = {"kernelspec": KERNELSPEC}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": list(cells), **more}


def stream(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def record_of(**changes: object) -> dict:
    record = {"version": 1, "number": 7, "status": "success", "cwd": {"before": "/"}, **changes}
    return {"output_type": "display_data", "metadata": {}, "data": {MIME_TYPE: record}}


ERROR = {"output_type": "error", "ename": "exit status 1", "evalue": "", "traceback": []}


def contents(store: sqlite3.Connection) -> list[tuple]:
    """All that is kept."""
    tables = ("sessions", "blocks", "outputs", "texts")
    return [row for table in tables for row in store.execute(f"SELECT * FROM {table}")]


def refused(store: sqlite3.Connection, content: object, **changes: Any) -> str:
    before = contents(store)
    with pytest.raises(NotebookError) as caught:
        take(store, content, **changes)
    assert contents(store) == before
    return str(caught.value)


# Round trips.

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(st.sampled_from(["raises-exception", "a", "b"]), unique=True),
        "collapsed": st.booleans(),
        "x-other": JSON,
    },
)
BUNDLE = st.fixed_dictionaries(
    {},
    optional={
        "text/plain": TEXT,
        "image/png": st.just("aGVsbG8="),
        "application/json": JSON,
        MIME_TYPE: JSON | st.just(record_of()["data"][MIME_TYPE]),
    },
)
OUTPUT = st.one_of(
    st.builds(stream, TEXT, st.sampled_from(["stdout", "stderr"])),
    st.builds(
        lambda data, metadata: {"output_type": "display_data", "data": data, "metadata": metadata},
        BUNDLE,
        st.dictionaries(TEXT, JSON, max_size=2),
    ),
    st.builds(
        lambda name, value, lines: {
            "output_type": "error", "ename": name, "evalue": value, "traceback": lines
        },
        TEXT,
        TEXT,
        st.lists(TEXT, max_size=2),
    ),
)  # fmt: skip
CODE = st.fixed_dictionaries(
    {
        "cell_type": st.just("code"),
        "metadata": METADATA,
        "source": TEXT,
        "execution_count": st.none() | st.integers(0, 10**20),
        "outputs": st.lists(OUTPUT, max_size=3),
    }
)
PROSE = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["markdown", "raw"]), "metadata": METADATA, "source": TEXT},
    optional={"attachments": st.just({"a.png": {"image/png": "aGVsbG8="}})},
)


@st.composite
def notebooks(draw: st.DrawFn) -> NotebookNode:
    minor = draw(st.sampled_from([4, 5]))
    cells = draw(st.lists(CODE | PROSE, max_size=4))
    if minor >= 5:
        cells = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
    metadata = draw(
        st.sampled_from([{}, {"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO}])
    )
    notebook = nbformat.from_dict(
        {
            "nbformat": 4,
            "nbformat_minor": minor,
            "metadata": {**metadata, "x-mine": draw(JSON)},
            "cells": cells,
        }
    )
    nbformat.validate(notebook)
    return notebook


@given(notebooks())
def test_a_notebook_is_exported_unchanged(
    shared: sqlite3.Connection, notebook: NotebookNode
) -> None:
    session = take(shared, nbformat.writes(notebook))
    assert export_notebook(shared, session) == notebook
    again = take(shared, nbformat.writes(export_notebook(shared, session)))
    assert export_notebook(shared, again) == notebook


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_exported_unchanged(store: sqlite3.Connection, path: Path) -> None:
    session = take(store, path.read_bytes())
    assert export_notebook(store, session) == nbformat.read(path, as_version=4)


SEED = json.dumps(
    notebook_of(
        code_cell("echo one", record_of(), stream("one\n")),
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": ["# a\n", "b"]},
        code_cell("false", record_of(status="failed", exit_status=1), ERROR, count=2),
        code_cell("never", count=None),
    )
).encode()
CHANGES = st.lists(
    st.tuples(st.integers(0, len(SEED)), st.integers(0, 8), st.binary(max_size=4)),
    min_size=1,
    max_size=3,
)
VALUES = st.sampled_from(
    [b"null", b"-1", b"1e999", b"NaN", b"[]", b"{}", b'"\\ud800"', b'"\\u0000"', b"[[{}]]", b"true",
     b"1" * 5000, b'"9999-12-31T23:59:59+14:00"', b"1.5"]
)  # fmt: skip
PLACES = [found.span() for found in re.finditer(rb'"[^"]*"|\d+|null|\[[^\[\]]*\]', SEED)]


def attempt(store: sqlite3.Connection, data: bytes) -> None:
    before = contents(store)
    try:
        session = take(store, data)
    except NotebookError as error:
        assert len(str(error)) < 1000
        assert contents(store) == before
    else:
        nbformat.validate(export_notebook(store, session))
        store.execute("DELETE FROM sessions")
        store.execute("DELETE FROM texts")


@pytest.fixture(scope="module")
def emptied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path_factory.mktemp("emptied"))
    yield connection
    connection.close()


@given(CHANGES)
def test_changed_bytes_are_imported_or_refused(
    emptied: sqlite3.Connection, changes: list[tuple[int, int, bytes]]
) -> None:
    data = SEED
    for at, length, new in changes:
        data = data[:at] + new + data[at + length :]
    attempt(emptied, data)


@given(st.sampled_from(PLACES), VALUES)
def test_other_values_are_imported_or_refused(
    emptied: sqlite3.Connection, place: tuple[int, int], value: bytes
) -> None:
    start, end = place
    attempt(emptied, SEED[:start] + value + SEED[end:])


OLD = nbformat.writes(
    nbformat.convert(nbformat.from_dict(notebook_of(code_cell("echo a", stream("a"), ERROR))), 3),
    version=3,
).encode()
OLD_PLACES = [found.span() for found in re.finditer(rb'"[^"]*"|\d+|null|\[[^\[\]]*\]', OLD)]


@given(st.sampled_from(OLD_PLACES), VALUES, st.sampled_from([b"3", b"2", b"1"]))
def test_old_formats_with_other_values_are_imported_or_refused(
    emptied: sqlite3.Connection, place: tuple[int, int], value: bytes, major: bytes
) -> None:
    start, end = place
    data = OLD[:start] + value + OLD[end:]
    attempt(emptied, data.replace(b'"nbformat": 3', b'"nbformat": ' + major))


# What becomes of the cells.


def test_a_cell_that_ran_is_a_block_as_its_record_says(store: sqlite3.Connection) -> None:
    volatile = {
        "session": "3f9a2c41b07e",
        "started": "2026-01-02T03:04:05+00:00",
        "ended": "2026-01-02T03:04:06+00:00",
        "host": "mill",
        "shell_pid": 1,
    }
    record = record_of(
        status="failed", exit_status=3, cwd={"before": "/a", "after": "/b"}, volatile=volatile
    )
    session = take(
        store, notebook_of(code_cell("sh -c 'exit 3'", record, stream("words\n"), ERROR))
    )
    [block] = list_session_blocks(store, session.id)
    assert (block.number, block.code, block.status) == (1, "sh -c 'exit 3'", "failed")
    assert (block.exit_status, block.cwd, block.duration_seconds) == (3, "/a", 1.0)
    assert Record.model_validate(block.record).number == 1
    assert (session.state, session.cwd, session.host) == (SessionState.CLOSED, "/b", "mill")
    assert (session.blocks, session.failed, session.modified) == (1, 1, NOW)
    assert session.created == block.started
    assert session.kept_bytes > 0


def test_without_a_record_the_outputs_tell(store: sqlite3.Connection) -> None:
    """As in a notebook of another kernel for bash."""
    times = {
        "iopub.execute_input": "2026-01-02T03:04:05.000000Z",
        "shell.execute_reply": "2026-01-02T03:04:07.000000Z",
    }
    session = take(
        store,
        notebook_of(
            code_cell("echo a", stream("a\n"), metadata={"execution": times}),
            code_cell("exit 1", ERROR),
            code_cell("true"),
            code_cell("bogus", record_of(status="what")),
        ),
    )
    blocks = [*list_session_blocks(store, session.id)]
    assert [b.status for b in blocks] == ["success", "failed", "success", "success"]
    assert [b.duration_seconds for b in blocks] == [2.0, None, None, None]
    assert len({b.started for b in blocks}) == 1
    for block in blocks:
        Record.model_validate(block.record)


def test_a_cell_that_never_ran_does_not_become_a_block(store: sqlite3.Connection) -> None:
    notebook = notebook_of(code_cell("first", count=None), code_cell("second", stream("x")))
    session = take(store, notebook)
    assert [(b.number, b.code) for b in list_session_blocks(store, session.id)] == [(1, "second")]
    assert [c.source for c in export_notebook(store, session).cells] == ["first", "second"]


def test_times_that_cannot_be_are_not_believed(store: sqlite3.Connection) -> None:
    for moment in ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2999-01-01T00:00:00"):
        volatile = {"session": "a", "started": moment, "host": "", "shell_pid": 10**30}
        session = take(store, notebook_of(code_cell("x", record_of(volatile=volatile))))
        assert session.created == NOW


def test_paths_that_cannot_be_are_not_believed(store: sqlite3.Connection) -> None:
    for path in ("a/b", "/a" * 100_000, "/\0"):
        session = take(store, notebook_of(code_cell("x", record_of(cwd={"before": path}))))
        assert session.cwd == ""


def test_an_imported_session_is_found_by_search(store: sqlite3.Connection) -> None:
    session = take(store, notebook_of(code_cell("make world", stream("\x1b[32mhurray\x1b[0m\n"))))
    for words in ("world", "hurray"):
        [found] = search(store, words, BlockFilter())
        assert found.block.session == session.id


def test_importing_masks_secrets(store: sqlite3.Connection, tmp_path: Path) -> None:
    secret = "hunter2"
    redact = partial(re.compile(r"hunter2|-----BEGIN[^-]*-----[^-]*-----END[^-]*-----").sub, "***")
    cell = code_cell(
        f"login {secret}",
        record_of(command=secret, cwd={"before": f"/{secret}"}),
        stream(secret),
        {"output_type": "display_data", "metadata": {secret: secret}, "data": {"application/json": {secret: [secret]}}},
        {**ERROR, "ename": secret, "evalue": secret, "traceback": [secret]},
        metadata={"x": [secret], "tags": [secret]},
        id=secret,
    )  # fmt: skip
    cell["source"] = ["-----BEGIN KEY-----\n", "MIIB\n", "-----END KEY-----\n", secret]
    notebook = notebook_of(cell)
    notebook["metadata"]["title"] = secret
    session = take(store, notebook, masker=replacing(redact), notebook=f"/{secret}.ipynb")
    exported = export_notebook(store, session)
    nbformat.validate(exported)
    everything = f"{nbformat.writes(exported)} {contents(store)}"
    assert secret not in everything
    assert "MIIB" not in everything
    assert exported.cells[0].source == "***\n***"


def test_an_error_tells_no_secret(store: sqlite3.Connection) -> None:
    message = refused(
        store,
        notebook_of(code_cell("x", count="hunter2")),
        masker=replacing(lambda t: t.replace("hunter2", "***")),
    )
    assert "hunter2" not in message


# What is refused.


@pytest.mark.parametrize(
    ("notebook", "told"),
    [
        ("", "invalid JSON"),
        ("{", "line 1, column 2"),
        (SEED[:-20], "invalid JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ("[]", "no nbformat"),
        ('{"cells": []}', "no nbformat"),
        ({"nbformat": 4, "nbformat_minor": 5, "metadata": {}}, "has no cells"),
        (notebook_of(nbformat=5), "format 5, not one of 1 to 4"),
        (notebook_of(nbformat="4"), "invalid nbformat: 4"),
        (notebook_of(nbformat_minor=-1), "invalid nbformat_minor: -1"),
        (notebook_of(cells={}), "cells are not a list: {}"),
        (notebook_of(code_cell(), 3), "cell 2 is not an object: 3"),
        (notebook_of(code_cell(), code_cell("x", count="one")), "cell 2, execution_count is invalid"),
        (notebook_of(code_cell("x", stream("a"), {"output_type": "stream"})), "output 2 of cell 1"),
        (notebook_of(code_cell(source=3)), "cell 1, source"),
        (notebook_of({"cell_type": "video"}), "cell 1"),
        ('{"nbformat": NaN}', "NaN is not a valid number"),
        ('{"nbformat": 4, "metadata": {"a": 1e999}}', "1e999 is not a valid number"),
        ('{"nbformat": 4, "metadata": {"a": %s}}' % ("1" * 10_000), "thousands of digits"),
        ('{"nbformat": 4, "cells": ' + "[" * 100_000, "nested deeper than 100"),
        ('{"nbformat": 4, "cells": ' + "[" * 300 + "]" * 300 + "}", "nested deeper than 100"),
        (notebook_of(metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}}),
         'language is python, but EffectTalk runs bash'),
        (notebook_of(metadata={"language_info": {"name": "R"}}), 'kernelspec.language to "bash"'),
        ({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [3]}]}, "is invalid"),
        ({"nbformat": 2, "worksheets": 3}, "format 2 cannot be read"),
        ({"nbformat": 1, "cells": 3}, "cannot be read"),
    ],
)  # fmt: skip
def test_an_invalid_notebook_is_refused(
    store: sqlite3.Connection, notebook: object, told: str
) -> None:
    take(store, SEED)
    assert told in refused(store, notebook)


def test_a_notebook_over_the_size_limit_is_refused(store: sqlite3.Connection) -> None:
    message = refused(store, notebook_of(code_cell("x", stream("é" * 600))), max_bytes=1000)
    assert "a session can have 1,000" in message


def test_nothing_is_left_when_the_store_fails(store: sqlite3.Connection) -> None:
    store.execute(
        "CREATE TRIGGER full BEFORE INSERT ON outputs BEGIN SELECT RAISE(FAIL, 'no'); END"
    )
    with pytest.raises(sqlite3.Error):
        take(store, SEED)
    assert contents(store) == []


def test_nothing_is_left_when_the_index_fails(store: sqlite3.Connection) -> None:
    def fail(action: int, table: str | None, *_: object) -> int:
        denied = action == sqlite3.SQLITE_INSERT and table == "texts"
        return sqlite3.SQLITE_DENY if denied else sqlite3.SQLITE_OK

    store.set_authorizer(fail)
    with pytest.raises(sqlite3.Error):
        take(store, SEED)
    store.set_authorizer(None)
    assert contents(store) == []


# What is repaired or brought up to date.


def test_cells_without_an_identity_of_their_own_get_one(store: sqlite3.Connection) -> None:
    bad = ["a", "a", None, 3, "", "x" * 100, "a b", "é"]
    cells = [{**code_cell(str(n)), "id": value} for n, value in enumerate(bad)]
    del cells[2]["id"]
    exported = export_notebook(store, take(store, notebook_of(*cells)))
    ids = [cell.id for cell in exported.cells]
    assert ids[0] == "a"
    assert len({*ids}) == len(bad)
    nbformat.validate(exported)


def test_halves_of_characters_are_replaced(store: sqlite3.Connection) -> None:
    session = take(store, notebook_of(code_cell("echo \ud83d", stream("\udc00|\ud83d\ude00\0"))))
    [cell] = export_notebook(store, session).cells
    assert (cell.source, cell.outputs[0].text) == ("echo \ufffd", "\ufffd|\U0001f600\0")


def test_a_byte_order_mark_is_skipped(store: sqlite3.Connection) -> None:
    assert take(store, b"\xef\xbb\xbf" + SEED).blocks == 2
    assert take(store, "\ufeff" + SEED.decode()).blocks == 2


def test_older_formats_are_brought_up_to_date(store: sqlite3.Connection) -> None:
    new = nbformat.from_dict(
        notebook_of(code_cell("echo a", stream("a\n")), {**code_cell(""), "cell_type": "markdown"})
    )
    for name in ("execution_count", "outputs"):
        del new.cells[1][name]
    old = nbformat.convert(nbformat.from_dict(new), 3)
    session = take(store, nbformat.writes(old, version=3))
    exported = export_notebook(store, session)
    nbformat.validate(exported)
    assert exported.nbformat == 4
    assert exported.cells[0].source == "echo a"
    assert exported.cells[0].outputs[0].text == "a\n"


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"kernelspec": {"name": "bash", "display_name": "Bash", "language": "bash"}},
        {"kernelspec": {"name": "other", "display_name": "", "language": "Bash"}},
        {"language_info": {"name": "sh"}},
        {"kernelspec": {"name": "effecttalk", "display_name": "EffectTalk"}},
    ],
)
def test_notebooks_of_other_shells_are_taken(
    store: sqlite3.Connection, metadata: dict[str, Any]
) -> None:
    assert take(store, notebook_of(code_cell(), metadata=metadata)).blocks == 1


# Sessions that ran.


def put_session(directory: Path, *blocks: tuple[NewBlock, list[dict]]) -> None:
    new = NewSession("3f9a2c41b07e", "", "bash", "mill", 1, NOW)
    writer = SessionWriter(directory, new)
    with_outputs = connect(directory)
    for block, shown in blocks:
        writer.put(block)
        outputs.put_outputs(with_outputs, new.id, block.number, shown, MOST)
    writer.finish()
    writer.close()
    with_outputs.close()


def block(number: int, code: str, status: str = "success", ended: float | None = NOW) -> NewBlock:
    return NewBlock(number, code, status, 0, NOW, ended, "/", "/", None)


def test_a_session_is_a_notebook_that_runs(store: sqlite3.Connection, tmp_path: Path) -> None:
    put_session(
        tmp_path,
        (block(1, "echo a"), [record_of(), stream("a"), stream("b"), stream("c", "stderr"), stream("d")]),
        (block(2, "false", "failed"), [record_of(status="failed"), ERROR]),
        (block(4, "sleep 9", "running", None), []),
    )  # fmt: skip
    notebook = export_notebook(store, find_session(store, "3f9a2c41b07e"))
    nbformat.validate(notebook)
    assert notebook.metadata == {
        "kernelspec": KERNELSPEC,
        "language_info": LANGUAGE_INFO,
        "effecttalk": {"session": "3f9a2c41b07e", "created": "2027-01-15T08:00:00+00:00"},
    }
    one, two, four = notebook.cells
    assert [c.id for c in notebook.cells] == [f"3f9a2c41b07e-{n}" for n in (1, 2, 4)]
    assert [c.execution_count for c in notebook.cells] == [1, 2, 4]
    assert [o.get("text") for o in one.outputs] == [None, "ab", "c", "d"]
    assert one.metadata == {}
    assert two.metadata.tags == ["raises-exception"]
    assert four.metadata.tags == ["raises-exception"]
    assert four.outputs == []


def test_new_blocks_are_exported_after_the_imported_cells(
    store: sqlite3.Connection, tmp_path: Path
) -> None:
    session = take(store, SEED)
    writer = SessionWriter(tmp_path, NewSession(session.id, "", "bash", "", 1, NOW))
    writer.put(block(3, "echo more"))
    writer.close()
    cells = export_notebook(store, find_session(store, session.id)).cells
    assert [c.source for c in cells] == ["echo one", "# a\nb", "false", "never", "echo more"]


def test_exported_language_info_equals_that_of_the_kernel() -> None:
    assert EffectTalkKernel.language_info == LANGUAGE_INFO
