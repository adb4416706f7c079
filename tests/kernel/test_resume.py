"""Sessions that continue from the state of an earlier one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from effecttalk_kernel.store import sessions
from effecttalk_kernel.store.database import open_store
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook

Start = Callable[..., Notebook]
SECRET = "hunter2" + "hunter2"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


RunFirst = Callable[..., str]


@pytest.fixture
def run_first(data: Path, template: KernelTemplate) -> RunFirst:
    """Run a session to its end and return its identity: `run_first("x=1", NAME="value")`."""

    def run(*codes: str, **environment: str) -> str:
        variables = {"EFFECTTALK_DATA_DIR": str(data), **environment}
        with Notebook(variables, template=template) as notebook:
            for code in codes:
                notebook.run(code)
            return notebook.run("echo $EFFECTTALK_SESSION").stdout.strip()

    return run


def test_load_restores_the_last_state_and_undo_reverts_it(
    data: Path, start: Start, run_first: RunFirst
) -> None:
    first = run_first("cd /usr; x=1; f() { echo from f; }; declare -A map=([a]=1)", "x=2")
    second = start(EFFECTTALK_DATA_DIR=str(data))
    second.run("x=own")
    loaded = second.run(f"effecttalk sessions load {first}")
    assert loaded.stdout.startswith(f"the next block starts with the state after block {first}-")
    cell = second.run("echo $x ${map[a]} $PWD $EFFECTTALK_SESSION; f")
    assert cell.stdout.split("\n")[1] == "from f"
    x, element, place, session = cell.stdout.split("\n")[0].split()
    assert (x, element, place) == ("2", "1", "/usr")
    assert session != first
    assert second.run("effecttalk sessions list | wc -l").stdout == "2\n"  # its socket works
    second.run("effecttalk undo")
    assert second.run("echo $x ${map[a]-none}").stdout == "own none\n"


def test_load_takes_the_state_after_any_block(
    data: Path, start: Start, run_first: RunFirst
) -> None:
    first = run_first("x=1", "x=2")
    second = start(EFFECTTALK_DATA_DIR=str(data))
    second.run(f"effecttalk sessions load {first[:6]}-1")
    assert second.run("echo $x").stdout == "1\n"
    with open_store(data) as connection:
        live = sessions.list_sessions(connection, states=[sessions.SessionState.LIVE])
    assert len(live) == 1


@pytest.mark.parametrize("name", ["nobody", "x-y-z", "../../etc", "-"])
def test_load_reports_a_missing_state(data: Path, start: Start, name: str) -> None:
    notebook = start(EFFECTTALK_DATA_DIR=str(data))
    cell = notebook.run(f"effecttalk sessions load -- {name}; echo status $?")
    assert cell.stdout == "status 1\n"
    assert cell.stderr.startswith("Error: ")
    assert notebook.run("echo fine").stdout == "fine\n"


def test_load_names_jobs_and_secrets_that_are_not_restored(
    data: Path, start: Start, run_first: RunFirst
) -> None:
    first = run_first(f"export DB_PASSWORD={SECRET}; sleep 100 &", "y=1")
    second = start(EFFECTTALK_DATA_DIR=str(data))
    loaded = second.run(f"effecttalk sessions load {first}")
    assert "jobs that were running then and have ended: sleep 100" in loaded.stdout
    assert "secrets that are not stored: DB_PASSWORD" in loaded.stdout
    assert second.run("echo ${DB_PASSWORD-unset} $y").stdout == "unset 1\n"


def test_undo_brings_secrets_back_while_their_kernel_lives(data: Path, start: Start) -> None:
    notebook = start(EFFECTTALK_DATA_DIR=str(data))
    notebook.run(f"export DB_PASSWORD={SECRET}")
    notebook.run("unset DB_PASSWORD")
    notebook.run("effecttalk undo")
    assert notebook.run("echo $DB_PASSWORD").stdout == f"{SECRET}\n"


def test_a_notebook_continues_where_it_ended(data: Path, start: Start, run_first: RunFirst) -> None:
    mine = {"JPY_SESSION_NAME": "/home/me/mine.ipynb", "EFFECTTALK_RESUME": "notebook"}
    first = run_first("x=1; cd /usr", **mine)
    run_first("x=other", JPY_SESSION_NAME="/home/me/other.ipynb")
    second = start(EFFECTTALK_DATA_DIR=str(data), **mine)
    cell = second.run("echo $x $PWD ${EFFECTTALK_RESUME-gone}")
    assert cell.stdout == "1 /usr gone\n"
    assert f"this session continues from block {first}-2" in cell.stderr
    with open_store(data) as connection:
        newest = sessions.list_sessions(connection)[0]
    assert newest.continues == f"{first}-2"
    assert second.run("effecttalk goto 0; echo ok").stdout.endswith("ok\n")


def test_a_notebook_that_never_ran_starts_a_new_session(data: Path, start: Start) -> None:
    notebook = start(
        EFFECTTALK_DATA_DIR=str(data), JPY_SESSION_NAME="/new.ipynb", EFFECTTALK_RESUME="notebook"
    )
    cell = notebook.run("echo fine")
    assert (cell.stdout, cell.stderr) == ("fine\n", "")


def test_a_missing_state_is_reported_and_a_new_session_starts(data: Path, start: Start) -> None:
    cell = start(EFFECTTALK_DATA_DIR=str(data), EFFECTTALK_RESUME="nobody-7").run("echo fine")
    assert cell.stdout == "fine\n"
    assert "the session starts without its earlier state: no session 'nobody'" in cell.stderr


def test_a_block_runs_again_in_its_cell(data: Path, start: Start) -> None:
    notebook = start(EFFECTTALK_DATA_DIR=str(data))
    notebook.run("n=$((n + 1)); echo run $n")
    cell = notebook.run("effecttalk blocks rerun 1")
    assert cell.stdout.endswith("run 2\n")
    assert (cell.record.number, cell.record.part) == (3, 2)
    assert notebook.run("echo $n").stdout == "2\n"
    assert notebook.run("effecttalk blocks rerun 1; false").stdout.count("run 3") == 0
    assert "is running now" in notebook.run("effecttalk blocks rerun 6").stderr


def test_a_command_with_secrets_does_not_run_again(data: Path, start: Start) -> None:
    notebook = start(EFFECTTALK_DATA_DIR=str(data))
    notebook.run(f"export DB_PASSWORD={SECRET}")
    cell = notebook.run("effecttalk blocks rerun 1")
    assert "had secrets, which are not stored" in cell.stderr


def test_variables_that_bash_cannot_assign_come_back(
    data: Path, start: Start, run_first: RunFirst
) -> None:
    environment = {"FOO-BAR": "1", "d\udce9": "\udce9", "npm.token": SECRET}
    first = run_first("x=1", **environment)
    second = start(EFFECTTALK_DATA_DIR=str(data), EFFECTTALK_RESUME=first)
    cell = second.run("env | grep -a -e FOO-BAR -e ^d -e npm | od -An -c")
    assert "".join(cell.stdout.split()).split(r"\n")[:-1] in (
        ["FOO-BAR=1", "d351=351"],
        ["d351=351", "FOO-BAR=1"],
    )
    second.run("exit")
    assert second.run("env | grep -c ^FOO-BAR").stdout == "1\n"
