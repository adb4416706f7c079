"""The settings in the metadata of a notebook: how they are read, and which are used."""

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.config.loader import LoadedSettings, load_settings
from effecttalk_kernel.config.notebook_file import (
    MAX_BYTES,
    TAIL_BYTES,
    read_metadata,
    select_settings,
    try_read_metadata,
)
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import SettingsError
from effecttalk_kernel.kernel.app import session_options
from effecttalk_kernel.session.session import SessionOptions

TEXTS = st.text() | st.sampled_from(['\n "metadata": {', '"}}', "\\", '\\n "metadata": {"x'])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of a notebook; its directory is the only one with configuration files."""
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    return tmp_path / "book.ipynb"


def notebook(own: object, cells: list[Any] | None = None, **other: object) -> dict[str, Any]:
    metadata = {"effecttalk": own, **other}
    return {"cells": cells or [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, settings: object) -> None:
    path.write_text(json.dumps(notebook({"settings": settings})))


def read(book: Path, **environment: str) -> LoadedSettings:
    return load_settings({"EFFECTTALK_NOTEBOOK": str(book), **environment})


# The file.


@given(own=st.dictionaries(TEXTS, JSON, max_size=3), other=JSON, source=TEXTS)
def test_metadata_are_found_in_every_layout_of_the_file(
    own: dict[str, Any], other: object, source: str
) -> None:
    cell = {"metadata": {"effecttalk": {"settings": 1}}, "source": source}
    whole = notebook(own, [cell, {"metadata": other}], zeta=other)
    path = Path("book.ipynb").absolute()
    for written in (
        json.dumps(whole),
        json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False),
        json.dumps(dict(reversed(whole.items())), indent=2),
        json.dumps(whole, indent=4),
    ):
        path.write_text(written, errors="surrogatepass")
        assert try_read_metadata(path) == own
    path.unlink()


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_file_of_nbformat_is_read_from_its_end(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = [nbformat.v4.new_output("stream", text="x" * 100_000) for _ in range(30)]
    written = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("true", outputs=outputs)],
        metadata={"effecttalk": {"settings": {"rows": 30}}},
    )
    nbformat.write(written, book)
    lengths: list[int] = []
    pread = os.pread
    monkeypatch.setattr(
        os, "pread", lambda *arguments: lengths.append(arguments[1]) or pread(*arguments)
    )
    assert read_metadata(book) == {"settings": {"rows": 30}}
    assert lengths == [TAIL_BYTES[0]]


def test_long_metadata_are_read_in_larger_steps(book: Path) -> None:
    whole = notebook({"settings": {"rows": 30}}, ["x" * 3_000_000], widgets="y" * 100_000)
    book.write_text(json.dumps(whole, indent=1, sort_keys=True))
    assert read_metadata(book) == {"settings": {"rows": 30}}


def test_a_huge_file_in_another_layout_is_not_read(book: Path) -> None:
    with book.open("w") as file:
        file.write('{"cells": [')
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(SettingsError, match="is not formatted as Jupyter does it"):
        read_metadata(book)


@pytest.mark.parametrize("whole", [{}, {"metadata": {}}, {"metadata": []}, {"metadata": None}])
def test_a_notebook_without_metadata_has_no_settings(book: Path, whole: dict[str, Any]) -> None:
    book.write_text(json.dumps({**whole, "nbformat": 4}))
    assert read_metadata(book) == {}


@pytest.mark.parametrize("place", ["nothing.ipynb", "book.ipynb/inside"])
def test_a_missing_notebook_has_no_settings(book: Path, place: str) -> None:
    book.write_text("")
    assert read_metadata(book.parent / place) == {}


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "it is not a notebook"),
        ("x", "it is not a notebook"),
        ("[]", "it is not a notebook"),
        ("{}", "it is not a notebook"),
        ("[" * 100_000, "it is not a notebook"),
        ('{"cells": [', "it is not a notebook"),
        (json.dumps(notebook([])), r"`metadata\.effecttalk` must be an object, not \[\]"),
    ],
)
def test_a_file_that_is_not_a_notebook_is_reported(
    book: Path, written: str, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    book.write_text(written)
    with pytest.raises(SettingsError, match=problem):
        read_metadata(book)
    with caplog.at_level(logging.WARNING, "effecttalk"):
        assert try_read_metadata(book) == {}
    assert str(book) in caplog.text


@pytest.mark.parametrize("kind", ["directory", "fifo"])
def test_a_path_that_is_not_a_file_is_not_opened(book: Path, kind: str) -> None:
    os.mkfifo(book) if kind == "fifo" else book.mkdir()
    with pytest.raises(SettingsError, match="it is not a regular file"):
        read_metadata(book)


# Its settings.


def test_a_notebook_overrides_a_file_and_the_environment_overrides_it(book: Path) -> None:
    write(book, {"rows": 31, "columns": 91})
    book.with_name("jupyter_effecttalk_config.py").write_text(
        "c.Settings.rows = 30\nc.Settings.columns = 90\nc.Settings.stderr = 'merged'\n"
    )
    settings = read(book, EFFECTTALK_COLUMNS="92").settings
    assert (settings.rows, settings.columns, settings.stderr) == (31, 92, "merged")
    assert settings.notebook_path == book


def test_settings_that_a_notebook_cannot_set_are_ignored_with_a_message(book: Path) -> None:
    write(book, {"shell": "/tmp/evil", "rows": 0, "colums": 5, "stderr": "merged"})
    configured = read(book)
    assert (configured.settings.shell, configured.settings.stderr) == ("bash", "merged")
    ignored = [problem.partition(" is ignored: ") for problem in configured.problems]
    assert {name: reason for name, _, reason in ignored} == {
        "the notebook's setting 'shell'": "a notebook cannot set it; set it in your own configuration,"
        " or with EFFECTTALK_SHELL",
        "the notebook's setting 'rows'": "invalid value 0; it must be a whole number from 1 to 65,535",
        "the notebook's setting 'colums'": "there is no such setting, did you mean 'columns'?",
    }


@pytest.mark.parametrize("written", ["", "x", "{}"])
def test_a_kernel_starts_with_an_unreadable_notebook(book: Path, written: str) -> None:
    book.write_text(written)
    assert read(book).problems == (
        f"the settings of the notebook {book} are ignored: it is not a notebook",
    )


@given(settings=JSON)
def test_a_kernel_starts_with_any_settings_in_the_notebook(settings: object) -> None:
    good, problems = select_settings({"settings": settings})
    Settings(**good)
    assert len(good) + len(problems) == (len(settings) if isinstance(settings, dict) else 1)


@given(st.dictionaries(st.sampled_from(Settings.class_trait_names(config=True)), JSON))
def test_a_kernel_starts_with_any_value_of_a_setting(settings: dict[str, object]) -> None:
    good, problems = select_settings({"settings": settings})
    assert {*good} <= {*Settings.class_trait_names(notebook=True)}
    assert len(good) + len(problems) == len(settings)


def test_a_notebook_cannot_set_protections() -> None:
    """Before adding a name, consider a notebook from a stranger that is only opened."""
    assert {*Settings.class_trait_names(notebook=True)} == {
        "columns",
        "encoding",
        "error_retry_base_delay",
        "error_retry_max_attempts",
        "error_retry_max_delay",
        "flush_interval_seconds",
        "headless_policy",
        "inline_head_bytes",
        "inline_tail_bytes",
        "interrupt_grace_seconds",
        "max_process_timeout",
        "pty_term_type",
        "front_end_timeout",
        "open_terminal",
        "record_volatile",
        "rows",
        "stderr",
    }


# Where it is.


def test_the_server_names_the_notebook_unless_the_user_does(book: Path) -> None:
    server = {"JPY_SESSION_NAME": "/of/the/server.ipynb"}
    assert load_settings(server).settings.notebook_path == Path("/of/the/server.ipynb")
    mine = load_settings({**server, "EFFECTTALK_NOTEBOOK": "mine.ipynb"})
    assert mine.settings.notebook_path == book.with_name("mine.ipynb")
    assert load_settings(server, has_notebook=False).problems == ()


def options_of(settings: Settings, environment: Mapping[str, str]) -> SessionOptions:
    return session_options(settings, environment, "0123", Path("/runtime"))


def test_a_kernel_in_a_cell_does_not_use_the_notebook_around_it() -> None:
    """A kernel that nbconvert starts in a cell has the environment of the session's shell."""
    outer = {"JPY_SESSION_NAME": "/outer.ipynb"}
    shell = options_of(load_settings(outer).settings, outer).supervisor.shell
    assert shell.environment["JPY_SESSION_NAME"] == "/outer.ipynb"
    inner = load_settings(shell.environment).settings
    assert inner.notebook_path is None
    again = options_of(inner, shell.environment).supervisor.shell.environment
    assert load_settings(again).settings.notebook_path is None
    served = {**shell.environment, "JPY_SESSION_NAME": "/other.ipynb"}  # by a server in the cell
    assert load_settings(served).settings.notebook_path == Path("/other.ipynb")


def test_a_path_relative_to_the_servers_root_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "deep" / "down"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert Settings(notebook="deep/down/a.ipynb").notebook_path == inner / "a.ipynb"
    assert Settings(notebook="other/a.ipynb").notebook_path == inner / "other" / "a.ipynb"
    assert Settings(notebook="a.ipynb").notebook_path == inner / "a.ipynb"
    assert Settings().notebook_path is None
    inner.rmdir()
    assert Settings(notebook="a.ipynb").notebook_path is None
