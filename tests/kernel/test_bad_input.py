"""Bad input and a bad environment: the error is reported, and the session continues."""

import json
import os
import resource
import signal
from pathlib import Path

import pytest

from effecttalk_kernel.block import Status
from tests.conftest import Start
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Cell, Notebook


def test_a_nul_byte_is_named_with_its_line(kernel: Notebook) -> None:
    assert "NUL byte in line 2" in kernel.run("echo a\necho \0b").evalue


def test_a_cell_with_a_nul_byte_does_not_run(kernel: Notebook) -> None:
    assert kernel.run("echo a\necho \0b").stdout == ""


def with_surrogate(notebook: Notebook, code: str) -> None:
    """Let the client escape what is not ASCII, as a browser does."""
    notebook.client.session.pack = lambda value: json.dumps(value, default=str).encode()
    assert json.loads(json.dumps(code)) == code


def test_a_lone_surrogate_is_named_with_its_line(fresh: Notebook) -> None:
    code = "echo a\necho \ud800"
    with_surrogate(fresh, code)
    assert "lone surrogate in line 2" in fresh.run(code).evalue


def test_the_session_goes_on_after_a_lone_surrogate(fresh: Notebook) -> None:
    code = "echo \ud800"
    with_surrogate(fresh, code)
    fresh.send(code)
    assert fresh.run("echo fine", stop_on_error=False).stdout in {"fine\n", ""}
    assert fresh.run("echo fine").stdout == "fine\n"


@pytest.mark.parametrize("code", ["echo 'a", 'echo "a', "echo `a", "echo $(a", "echo ${a", "a=("])
def test_the_session_goes_on_after_an_unfinished(kernel: Notebook, code: str) -> None:
    kernel.run(code)
    cell = kernel.run("echo fine")
    assert (cell.stdout, cell.stderr) == ("fine\n", "")


def test_a_cell_of_5_mb_runs(kernel: Notebook) -> None:
    assert kernel.run(f": {'x' * 5_000_000}\necho done").stdout == "done\n"


OUTPUT = {
    "invalid UTF-8": (r"printf '\xff\xfe ok\n'", "\ufffd\ufffd ok\n"),
    "a character cut off": (r"printf '\xe4\xb8'", "\ufffd"),
    "a character in two writes": (r"printf '\xe4\xb8'; sleep 0.1; printf '\x96\n'", "世\n"),
    "a byte of zero": (r"printf 'a\0b\n'", "ab\n"),
}


@pytest.mark.parametrize(("code", "stdout"), OUTPUT.values(), ids=OUTPUT)
def test_output_of(kernel: Notebook, code: str, stdout: str) -> None:
    assert kernel.run(code).stdout == stdout


def test_a_missing_shell_is_named_with_what_to_set(start: Start) -> None:
    evalue = start(EFFECTTALK_SHELL="/no/such").run("echo a").evalue
    assert ("/no/such" in evalue, "EFFECTTALK_SHELL" in evalue) == (True, True)


def test_kernel_info_is_answered_without_a_shell(start: Start) -> None:
    assert start(EFFECTTALK_SHELL="/no/such").ask("kernel_info_request")["status"] == "ok"


@pytest.mark.parametrize("program", ["/bin/true", "/bin/cat", "/bin/dash"])
def test_a_shell_that_is_not_bash_is_an_error(start: Start, program: str) -> None:
    notebook = start(EFFECTTALK_SHELL=program, EFFECTTALK_PROCESS_SPAWN_TIMEOUT="0.5")
    assert notebook.run("echo a").reply["ename"] == "ShellStartError"


START_FILES = {
    "prints": "echo LEAK; echo LEAK >&2; printf '\\033]0;title\\007'",
    "fails": "false",
    "fails with errexit": "set -e; false",
    "is no bash": "if (",
    "exits": "exit 3",
    "becomes another program": "exec true",
    "hangs": "sleep 60",
    "hangs on the terminal": "read x",
    "becomes a program that hangs": "exec sleep 60",
    "kills its shell": "kill -9 $$",
    "returns": "return 3",
    "has traps": "trap 'echo LEAK' EXIT DEBUG ERR RETURN",
    "redirects": "exec >/dev/null 2>&1",
    "closes": "exec 0<&- 1>&- 2>&-",
    "is fish's way in": "[ -t 1 ] && exec cat",
}


@pytest.fixture
def with_start_file(start: Start, tmp_path: Path):
    """Start a kernel whose user has this ~/.bashrc."""

    def start_with(text: str) -> Notebook:
        (tmp_path / ".bashrc").write_text(text + "\n")
        return start(HOME=str(tmp_path), EFFECTTALK_PROCESS_SPAWN_TIMEOUT="1")

    return start_with


@pytest.mark.parametrize("text", START_FILES.values(), ids=START_FILES)
def test_cells_run_when_a_start_file(with_start_file, text: str) -> None:
    cell = with_start_file(text).run("trap - DEBUG; echo fine")
    assert cell.stdout.removeprefix("LEAK\n") == "fine\n"


@pytest.mark.parametrize("text", ["exit 3", "exec true", "sleep 60", "set -e; false"])
def test_skipped_start_up_files_are_reported(with_start_file, text: str) -> None:
    assert "without start-up files" in with_start_file(text).run("echo fine").stderr


def test_a_start_file_is_read(with_start_file) -> None:
    assert with_start_file("f() { echo mine; }").run("f").stdout == "mine\n"


def test_a_full_table_of_files_is_an_error_of_the_cell_alone() -> None:
    def few_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    with Notebook(preexec_fn=few_files) as notebook:
        cells = []
        while not cells or cells[-1].status == "ok":
            cells.append(notebook.run("sleep 60 & echo $!"))
            assert len(cells) < 60
        for cell in cells[:-1]:
            os.kill(int(cell.stdout), signal.SIGKILL)
            notebook.late(cell, lambda c: c.record.status is Status.SUCCESS)
        assert cells[-1].reply["ename"] == "TerminalError"
        assert notebook.run("echo fine").stdout == "fine\n"


@pytest.fixture(scope="module")
def big(template: KernelTemplate) -> Cell:
    """A cell with far more output than it shows."""
    limits = {"EFFECTTALK_INLINE_HEAD_BYTES": "1000", "EFFECTTALK_INLINE_TAIL_BYTES": "500"}
    with Notebook(limits, template=template) as notebook:
        return notebook.run("seq 100000; echo err >&2")


def test_big_output_has_its_head_and_its_tail(big: Cell) -> None:
    stdout = big.stdout
    assert (stdout[:6], stdout[-13:]) == ("1\n2\n3\n", "99999\n100000\n")


def test_big_output_has_one_line_for_what_is_left_out(big: Cell) -> None:
    assert big.stdout.count(" omitted here") == 1


def test_the_record_of_big_output_adds_up(big: Cell) -> None:
    cell = big
    shown = "".join(line for line in cell.stdout.splitlines(True) if line.strip().isdigit())
    assert (
        len(shown) + cell.record.stdout.left_out_bytes == cell.record.stdout.size_bytes == 588_895
    )


def test_big_output_is_cut_between_lines(big: Cell) -> None:
    numbers = [int(line) for line in big.stdout.splitlines() if line.strip().isdigit()]
    gaps = [b - a for a, b in zip(numbers, numbers[1:], strict=False) if b != a + 1]
    assert len(gaps) == 1


def test_a_line_of_5_mb_is_bounded(kernel: Notebook) -> None:
    cell = kernel.run("head -c 5000000 /dev/zero | tr '\\0' x; echo end")
    assert (cell.stdout.endswith("end\n"), len(cell.stdout) < 600_000) == (True, True)


def test_files_of_the_directory_stand_in_for_no_module(tmp_path: Path) -> None:
    for name in ("tty", "json", "zmq"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(1)\n")
    with Notebook(cwd=str(tmp_path)) as notebook:
        assert notebook.run("echo fine; effecttalk --version").stdout.startswith("fine\neffecttalk")


def test_the_command_ignores_the_users_python(start: Start, tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit(1)\n")
    kernel = start()
    kernel.run(f"export PYTHONHOME=/nowhere PYTHONPATH={tmp_path} PYTHONWARNINGS=error")
    cell = kernel.run("effecttalk blocks list >/dev/null && echo $PYTHONHOME")
    assert (cell.stdout, cell.stderr) == ("/nowhere\n", "")


def test_the_command_finds_the_modules_of_its_kernel(start: Start, tmp_path: Path) -> None:
    (tmp_path / "only_here.py").write_text("")
    (tmp_path / "jupyter_effecttalk_config.py").write_text("import only_here\n")
    kernel = start(PYTHONPATH=str(tmp_path), JUPYTER_CONFIG_DIR=str(tmp_path))
    cell = kernel.run("unset PYTHONPATH; effecttalk blocks list >/dev/null && echo fine")
    assert (cell.stdout, cell.stderr) == ("fine\n", "")
