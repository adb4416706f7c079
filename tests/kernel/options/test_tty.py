"""Blocks that are on one terminal (`#| tty: true`), and clients that show it and type on it."""

import base64
from typing import Any

import pytest

from effecttalk_kernel.block import Status
from tests.conftest import Start
from tests.support.notebook import Cell, Notebook
from tests.support.viewer import Viewer


def start_on_terminal(kernel: Notebook, code: str) -> Cell:
    return kernel.send(f"#| tty: true\n{code}", allow_stdin=True)


def run(kernel: Notebook, code: str, *steps: tuple[bytes, str]) -> Cell:
    """Run a block on a terminal and type on it."""
    viewer = Viewer(kernel)
    cell = start_on_terminal(kernel, code)
    viewer.type(*steps)
    kernel.finish(cell)
    viewer.close()
    return cell


def test_all_streams_are_one_terminal(kernel: Notebook) -> None:
    code = "[ -t 0 ] && [ $(readlink /proc/self/fd/0) = $(tty) ] && tty | cat >/dev/null; "
    code += "for n in 0 1 2; do readlink /proc/$$/fd/$n; done | sort -u | wc -l; echo err >&2"
    cell = run(kernel, code)
    assert (cell.stdout, cell.stderr, cell.record.tty) == ("1\nerr\n", "", True)


SESSIONS = {
    "python": ("python3 -q", [(b">>> ", "6*7\r"), (b"42\r\n", "exit()\r")], ">>> 6*7\n42\n"),
    "read": ("read -p 'x? ' x; echo got $x", [(b"x? ", "yes\r")], "x? yes\ngot yes\n"),
    "end of file": ("echo go; cat; echo done", [(b"go", "line\r\x04")], "line\nline\ndone\n"),
    "less": ("seq 100 | less", [(b"23\r\n", " "), (b"46", "q")], "24\n25\n"),
    "a nested shell": (
        "PS1='$ ' bash --norc -i", [(b"$ ", "echo $((40+2))\r"), (b"42\r\n", "exit\r")], "42\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SESSIONS)
def test_a_program_is_used_on_the_terminal(kernel: Notebook, name: str) -> None:
    code, steps, shown = SESSIONS[name]
    cell = run(kernel, code, *steps)
    assert shown in cell.stdout
    assert cell.questions == []


def test_an_editor_edits_and_its_last_screen_stays(kernel: Notebook) -> None:
    code = "cd $(mktemp -d); vi -u NONE -N text; cat text"
    steps = [(b'"text" [New', "ihello world\x1b"), (b"world", ":wq\r")]
    shown = run(kernel, code, *steps).shown("stdout")
    assert shown.startswith("hello world\n")
    assert "written" in shown


def test_a_key_interrupts(kernel: Notebook) -> None:
    # The program that writes the word gets the interrupt. Between two commands, bash loses
    # an interrupt now and then, in a terminal as well.
    cell = run(kernel, "sh -c 'echo go; exec sleep 60'; echo no", (b"go", "\x03"))
    assert "no\n" not in cell.stdout
    assert cell.record.exit_status == 130
    assert kernel.run("echo fine").stdout == "fine\n"


def test_the_terminal_takes_the_viewers_size_until_the_block_ends(kernel: Notebook) -> None:
    viewer = Viewer(kernel)
    cell = start_on_terminal(kernel, "read; stty size")
    viewer.wait_for_start()
    assert viewer.say(rows=30, columns=100) == {"status": "ok"}
    viewer.say(input="\r")
    assert kernel.finish(cell).stdout.endswith("30 100\n")
    viewer.close()
    assert kernel.run("stty size </dev/tty", allow_stdin=True).stdout == "24 80\n"


def test_a_later_viewer_gets_the_current_screen(kernel: Notebook) -> None:
    cell = start_on_terminal(kernel, "echo early; read; echo late")
    kernel.wait(lambda: "early" in cell.stdout, "early")
    viewer = Viewer(kernel)
    viewer.type((b"early", "\r"))
    kernel.finish(cell)
    viewer.close()
    assert cell.stdout == "early\n\nlate\n"


def test_a_viewer_can_request_the_whole_screen(kernel: Notebook) -> None:
    viewer = Viewer(kernel)
    content = {"code": "#| tty: true\necho early; read", "allow_stdin": True}
    message = kernel.client.session.msg("execute_request", content, metadata={"cellId": "c1"})
    kernel.client.shell_channel.send(message)
    cell = kernel._expect(message["header"]["msg_id"])
    viewer.wait_for(b"early")
    assert viewer.say(command="state") == {"status": "ok"}
    again = [data for data in viewer.told if data.get("again")]
    assert [base64.b64decode(data["output"]) for data in again] == [b"early\r\n"]
    started = [data for data in viewer.told if data.get("event") == "started"]
    assert [data["cell"] for data in started] == ["c1", "c1"]
    viewer.say(input="\r")
    kernel.finish(cell)
    assert viewer.say(command="state") == {"status": "ok"}
    assert [data for data in viewer.told if data.get("again")] == again
    viewer.close()


def test_a_flood_is_sent_in_few_messages_with_its_end(kernel: Notebook) -> None:
    viewer = Viewer(kernel)
    cell = start_on_terminal(kernel, "seq 1 300000; read")
    viewer.wait_for(b"\r\n300000\r\n")
    outputs = [data["output"] for data in viewer.told if "output" in data]
    viewer.say(input="\r")
    kernel.finish(cell)
    viewer.close()
    assert len(outputs) < 200
    assert viewer.shown.startswith(b"1\r\n2\r\n")


def test_without_a_viewer_the_user_is_asked(kernel: Notebook) -> None:
    cell = kernel.run("#| tty: true\nread -p 'x? ' x; echo got $x", answers=["yes"])
    assert [question["prompt"] for question in cell.questions] == ["x? "]
    assert cell.stdout.endswith("got yes\n")


def test_the_start_and_the_end_of_a_terminal_are_sent(kernel: Notebook) -> None:
    viewer = Viewer(kernel)
    number = kernel.finish(start_on_terminal(kernel, "true")).record.number
    events = [data for data in viewer.told if "event" in data]
    viewer.close()
    assert events == [{"event": "started", "block": number}, {"event": "ended", "block": number}]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"input": "x"}, "no block with a terminal is running"),
        ({"rows": 1, "columns": 1}, "no block with a terminal is running"),
    ],
)
def test_without_such_a_block_nothing_is_typed(
    kernel: Notebook, data: dict[str, Any], message: str
) -> None:
    viewer = Viewer(kernel)
    assert viewer.say(**data) == {"status": "error", "message": message}
    viewer.close()


def test_a_size_that_cannot_be_is_refused(kernel: Notebook) -> None:
    viewer = Viewer(kernel)
    cell = start_on_terminal(kernel, "read")
    viewer.wait_for_start()
    assert viewer.say(rows=0, columns=80)["status"] == "error"
    assert viewer.say(rows="many")["message"] == "missing `input`, or `rows` and `columns`"
    viewer.say(input="\r")
    kernel.finish(cell)
    viewer.close()


def test_the_command_attach_runs_a_program_on_the_terminal(kernel: Notebook) -> None:
    viewer = Viewer(kernel)
    cell = kernel.send("cd /; effect=1\neffecttalk attach python3 -q", allow_stdin=True)
    viewer.type((b">>> ", "6*7\r"), (b"42\r\n", "exit()\r"))
    kernel.finish(cell)
    viewer.close()
    assert (">>> 6*7\n42\n" in cell.stdout, cell.record.tty) == (True, True)


def test_attach_says_what_it_cannot_run(kernel: Notebook) -> None:
    cell = kernel.run("effecttalk attach nosuchcommand_xyz", allow_stdin=True)
    assert "nosuchcommand_xyz: No such file or directory" in cell.stdout
    assert cell.record.exit_status == 1


@pytest.mark.parametrize("code", ["#| tty: true\necho no", "echo no\neffecttalk attach vi"])
def test_a_confirmation_is_refused_headless(start: Start, code: str) -> None:
    notebook = start()
    cell = notebook.run(code)
    assert (cell.reply["ename"], cell.stdout) == ("OptionError", "")
    assert "needs an interactive front end" in cell.evalue
    assert notebook.run("echo fine").stdout == "fine\n"


def test_the_next_block_is_as_any_other(kernel: Notebook) -> None:
    run(kernel, "stty raw -echo; true")
    cell = kernel.run("echo out; echo err >&2")
    assert (cell.stdout, cell.stderr, cell.record.status) == ("out\n", "err\n", Status.SUCCESS)


def test_a_flood_on_the_terminal_can_be_interrupted(kernel: Notebook) -> None:
    cell = kernel.run("#| tty: true\nyes", allow_stdin=True, after_text="y")
    assert cell.record.status is Status.INTERRUPTED
    assert kernel.run("echo fine").stdout == "fine\n"
