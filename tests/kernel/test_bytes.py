r"""Bytes that are not UTF-8: paths, variables, arguments and output, in a real kernel.

`\351` is é in ISO-8859-1, and not UTF-8.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.comm import Comm
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Cell, Notebook

Start = Callable[..., Notebook]
ESCAPED = r"d$'\351'"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def kernel(place: Path, template: KernelTemplate) -> Iterator[Notebook]:
    """A kernel in a directory whose name is not UTF-8."""
    with Notebook(
        {"EFFECTTALK_DATA_DIR": str(place / "data"), "W": "x\udcff"}, template=template
    ) as notebook:
        run(notebook, rf"cd {place}; mkdir $'d\351'; cd $'d\351'")
        yield notebook


def run(notebook: Notebook, code: str) -> Cell:
    """Run a cell, and check that all of its messages are valid Unicode."""
    cell = notebook.run(code)
    for content in (cell.reply, *(message["content"] for message in cell.messages)):
        json.dumps(content, ensure_ascii=False).encode()
    return cell


def search(arguments: str) -> str:
    """Write a command that searches until something is found: blocks are indexed after their reply."""
    return f"until effecttalk search {arguments} 2>/dev/null; do sleep 0.1; done"


def test_the_record_has_the_directory_escaped(kernel: Notebook, place: Path) -> None:
    cell = run(kernel, "pwd")
    assert cell.stdout == f"{place}/d\ufffd\n"
    assert cell.record.cwd.before == f"{place}/{ESCAPED}"


def test_the_command_finds_blocks_by_the_directory(kernel: Notebook, place: Path) -> None:
    run(kernel, "echo needle")
    for directory in (".", r"../$'d\351'", str(place)):
        cell = run(kernel, f"effecttalk blocks list --cwd {directory} | grep -c 'echo needle'$")
        assert cell.stdout == "1\n", directory
        cell = run(kernel, f"{search(f'needle --cwd {directory}')} | cut -f5 | tail -1")
        assert cell.stdout == f"{place}/{ESCAPED}\n", directory


def test_the_command_prints_json_without_surrogates(kernel: Notebook, place: Path) -> None:
    cell = run(kernel, "effecttalk blocks list --json --limit 1")
    assert json.loads(cell.stdout)[0]["directory"] == f"{place}/{ESCAPED}"
    cell = run(kernel, "export V=$'a\\351'")
    cell = run(kernel, "effecttalk sessions show $EFFECTTALK_SESSION --json")
    values = {each["name"]: each["after"] for each in json.loads(cell.stdout)["environment"]}
    assert values["V"] == r"a$'\351'"
    assert "W" not in values  # it has not changed


ARGUMENTS = [
    "blocks show",
    "sessions show",
    "sessions load",
    "blocks rerun",
    "wait",
    "kill",
    "goto",
]


@pytest.mark.parametrize("command", ARGUMENTS)
def test_an_argument_that_is_not_utf_8_is_an_error(kernel: Notebook, command: str) -> None:
    cell = run(kernel, f"effecttalk {command} $'\\351'; echo fine")
    assert (cell.stdout, "Error: " in cell.stderr) == ("fine\n", True)
    assert "Traceback" not in cell.stderr


def test_a_search_for_bytes_finds_the_output_that_has_them(kernel: Notebook) -> None:
    run(kernel, r"printf 'caf\351 olé\n'")
    cell = run(kernel, search(r"$'caf\351' olé") + " | wc -l")
    assert int(cell.stdout) >= 1


STATE = r"""
v=$'a\351b'; list=($'\377' x); declare -A map=([$'k\351']=$'\376'); set -- $'arg\351' $'\001'
f() { echo $'\351'; }; alias g=$'echo \351'; trap $'echo \351' USR1
"""
BYTES = r"""{ printf '%s\n' "$v" "${list[@]}" "${!map[@]}" "${map[@]}" "$@" "$W" "$PWD"; f; alias g
trap -p USR1; } | od -An -c"""


def test_no_byte_of_the_state_is_lost(kernel: Notebook) -> None:
    run(kernel, STATE)
    expected = run(kernel, BYTES).stdout
    assert expected.count("351") == 7
    run(kernel, "exit 3")
    assert run(kernel, BYTES).stdout == expected
    number = kernel.finish(kernel.send("cd /; unset v")).record.number
    assert r"directory / " not in run(kernel, "effecttalk undo").stdout
    assert run(kernel, BYTES).stdout == expected
    run(kernel, f"effecttalk goto {number}; :")
    assert run(kernel, f"effecttalk goto {number - 1}").stdout.endswith(f"{ESCAPED}\n")
    assert run(kernel, BYTES).stdout == expected


def test_another_kernel_continues_with_every_byte(
    kernel: Notebook, place: Path, template: KernelTemplate
) -> None:
    run(kernel, STATE)
    expected = run(kernel, BYTES).stdout
    block = run(kernel, "pwd").record.number
    session = run(kernel, "echo $EFFECTTALK_SESSION").stdout.strip()
    run(kernel, "effecttalk backup now")  # after it, the state is in the store
    with Notebook(
        {"EFFECTTALK_DATA_DIR": str(place / "data"), "EFFECTTALK_RESUME": session},
        template=template,
    ) as new:
        assert run(new, BYTES).stdout == expected
        cell = run(new, f"effecttalk blocks rerun {session}-{block}")
        assert cell.stdout.endswith(f"{place}/d\ufffd\n")


def test_an_exported_session_is_imported_with_the_same_directories(
    kernel: Notebook, place: Path
) -> None:
    run(kernel, "rm -f out.ipynb; effecttalk sessions export $EFFECTTALK_SESSION out.ipynb")
    session = run(kernel, "effecttalk sessions import out.ipynb").stdout.strip()
    cell = run(kernel, f"effecttalk blocks list {session} | cut -f6 | tail -2 | head -1")
    assert cell.stdout == f"{place}/{ESCAPED}\n"
    cell = run(kernel, f"effecttalk sessions list | grep ^{session} | cut -f8")
    assert cell.stdout == f"{place}/{ESCAPED}/out.ipynb\n"


def test_clients_of_blocks_get_the_directory_and_the_environment(
    kernel: Notebook, place: Path
) -> None:
    client = Comm(kernel, "effecttalk.blocks")
    run(kernel, r"export V=$'a\351'; h$'\351'() { :; }")
    assert client.say(command="environment") == {"status": "ok"}

    def environments() -> list[dict[str, object]]:
        return [each for each in client.told if each.get("event") == "environment"]

    kernel.wait(environments, "the environment")
    found = environments()[-1]
    json.dumps(found, ensure_ascii=False).encode()
    assert found["cwd"] == f"{place}/{ESCAPED}"
    assert {"name": "V", "value": r"a$'\351'"} in found["variables"]


def test_completion_and_inspection_quote_names(kernel: Notebook, place: Path) -> None:
    run(kernel, r"touch $'name\351.txt'")
    code = "cat name"
    reply = kernel.ask("complete_request", {"code": code, "cursor_pos": len(code)})
    assert reply["matches"] == [r"$'name\351.txt'"]
    for kind in ("complete_request", "inspect_request", "is_complete_request"):
        reply = kernel.ask(kind, {"code": "cat $'\udce9'", "cursor_pos": 5, "detail_level": 0})
        json.dumps(reply, ensure_ascii=False).encode()


def test_output_of_named_and_background_blocks_has_every_byte(kernel: Notebook) -> None:
    run(kernel, "#| name: raw\nprintf '\\351\\0\\377'")
    assert run(kernel, "od -An -c <$ET_OUT_raw").stdout.split() == ["351", r"\0", "377"]


def test_a_cached_block_in_the_directory_is_shown_again(kernel: Notebook) -> None:
    code = "#| cache: {inputs: ['*.txt']}\nprintf '\\351\\n'"
    run(kernel, "touch $'in\\351.txt'")
    assert [run(kernel, code).record.cached for _ in range(2)] == [False, True]


def test_display_shows_a_file_with_such_a_name(kernel: Notebook) -> None:
    cell = run(kernel, r"echo text >$'t\351.txt'; display $'t\351.txt'; display $'no\351'")
    assert {"text/plain": "text\n"} in [each["data"] for each in cell.contents("display_data")]
    assert cell.stderr == "display: no\ufffd: no such file\n"


@pytest.mark.parametrize(
    ("name", "recorded"),
    [
        (r"$'a\nb'", "a\nb"),
        (r"$'\001\033'", "\x01\x1b"),
        ("'\ufffe\uffff'", "\ufffe\uffff"),
        (r"$'\300\257'", r"$'\300\257'"),  # overlong
        (r"$'\355\240\200'", r"$'\355\240\200'"),  # half of a surrogate pair
        (r"""'$'"'"'\351'"'" """, r"$'\044''\351'"),  # text that looks like an escape
    ],
)
def test_the_record_has_any_directory(
    kernel: Notebook, place: Path, name: str, recorded: str
) -> None:
    cell = run(kernel, f"mkdir -p {place}/{name}; cd {place}/{name} && pwd | od -An -c")
    written = cell.stdout
    assert cell.record.cwd.after == f"{place}/{recorded}"
    found = run(kernel, "effecttalk blocks list --cwd . --json --limit 1").stdout
    assert json.loads(found)[0]["directory"] == f"{place}/{recorded}"
    run(kernel, "exit")
    assert run(kernel, "pwd | od -An -c").stdout == written
    run(kernel, rf"cd {place}/$'d\351'")


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a locale that is not UTF-8, in which é is a letter."""
    directory = tmp_path_factory.mktemp("locales")
    localedef = shutil.which("localedef")
    if localedef is None:
        pytest.skip("localedef is not installed")
    made = subprocess.run(
        [localedef, "-i", "de_DE", "-f", "ISO-8859-1", directory / "de_DE.ISO-8859-1"],
        capture_output=True,
    )
    if made.returncode > 1:  # 1: there were warnings
        pytest.skip("the sources of the locale are not installed")
    return directory


LATIN = "de_DE.ISO-8859-1"


@pytest.mark.parametrize(
    ("name", "is_kernels"),
    [(LATIN, True), (LATIN, False), ("C", True), ("C", False)],
)
def test_a_locale_that_is_not_utf_8_changes_no_byte(
    start: Start, locales: Path, tmp_path: Path, name: str, is_kernels: bool
) -> None:
    setting = {"LC_ALL": name} if is_kernels else {}
    kernel = start(LOCPATH=str(locales), EFFECTTALK_DATA_DIR=str(tmp_path / "data"), **setting)
    run(
        kernel,
        f"LC_ALL={name}; locale charmap; mkdir {tmp_path}/é; cd {tmp_path}/é; v=é; f() {{ echo é; }}",
    )
    cell = run(kernel, "false é")
    assert (cell.record.command, cell.record.cwd.before) == ("false é", f"{tmp_path}/é")
    run(kernel, "exit")
    assert run(kernel, 'pwd; echo "$v"; f').stdout == f"{tmp_path}/é\né\né\n"
    cell = run(kernel, f"{search('false é --cwd .')} | cut -f5,6; effecttalk undo; ls -d .")
    assert cell.stdout.startswith(f"{tmp_path}/é\t")
    assert cell.stderr == ""


def test_a_kernel_in_a_notebook_and_a_directory_with_such_names(
    start: Start, tmp_path: Path
) -> None:
    directory = os.fsencode(tmp_path) + b"/d\xe9"
    os.mkdir(directory)
    name = os.fsdecode(directory)
    kernel = start(
        EFFECTTALK_DATA_DIR=f"{name}/data",
        JUPYTER_RUNTIME_DIR=f"{name}/runtime",
        JPY_SESSION_NAME=f"{name}/book.ipynb",
    )
    assert run(kernel, "echo fine").stdout == "fine\n"
    cell = run(kernel, f"effecttalk sessions list --notebook {tmp_path}/$'d\\351'/book.ipynb")
    assert cell.stdout.split("\n")[1].split()[-1].endswith("book.ipynb"), cell
    assert run(kernel, "exit").status == "ok"
    assert run(kernel, "echo again").stdout == "again\n"
    assert kernel.log == ""
