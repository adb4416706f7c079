"""What a notebook shows of a block's output."""

from itertools import groupby

import pytest

from tests.support.notebook import Notebook

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SHOWN = {
    "title": (r"printf '\033]0;title\007shown\n'", "shown\n"),
    "link": (r"printf '\033]8;;http://a\007link\033]8;;\007\n'", "link\n"),
    "unterminated": (r"printf '\033]0;title'; echo; echo shown", "0;title\nshown\n"),
    "lines above": (r"printf 'a\nb\n\033[2A\033[KA\n\n'", "A\nb\n"),
    "full screen": (r"printf 'a\n\033[?1049hFULL\033[?1049lb\n'", "a\nb\n"),
    "clear": ("echo gone; clear; echo kept", "kept\n"),
    "progress": (r"for n in {1..2000}; do printf '\r%d of 2000' $n; done; echo", "2000 of 2000\n"),
}


@pytest.mark.parametrize(("code", "stdout"), SHOWN.values(), ids=SHOWN)
def test_a_cell_shows_what_a_terminal_shows(kernel: Notebook, code: str, stdout: str) -> None:
    assert kernel.run(code).shown("stdout") == stdout


ORDERS = {
    "an error first": ("cd nope; echo out", ["stderr", "stdout"]),
    "builtins": ("echo a; echo b >&2; echo c; echo d >&2", ["stdout", "stderr"] * 2),
    "a loop": (
        "for i in {1..100}; do echo $i; echo e$i >&2; done",
        ["stdout", "stderr"] * 100,
    ),
    "programs": ("/bin/echo a; /bin/echo b >&2; /bin/echo c", ["stdout", "stderr", "stdout"]),
    "a program and a child": (
        "sh -c 'echo a; (echo b >&2); echo c'",
        ["stdout", "stderr", "stdout"],
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_both_streams_are_shown_in_the_order_of_writing(kernel: Notebook, name: str) -> None:
    code, streams = ORDERS[name]
    shown = [content["name"] for content in kernel.run(code).contents("stream")]
    assert [name for name, _ in groupby(shown)] == streams


def test_text_for_the_terminal_is_shown_in_the_order_of_writing(kernel: Notebook) -> None:
    cell = kernel.run("echo a; echo b >/dev/tty; echo c; echo d >/dev/tty")
    assert cell.stdout == "a\nb\nc\nd\n"


def test_a_flood_on_both_streams_becomes_few_outputs(kernel: Notebook) -> None:
    cell = kernel.run("for i in {1..20000}; do echo $i; echo $i >&2; done")
    shown = [content["name"] for content in cell.contents("stream")]
    assert len([name for name, _ in groupby(shown)]) < 1_000
    assert cell.stdout.endswith("\n20000\n")
    assert cell.stderr.endswith("\n20000\n")


def test_a_clearance_later_clears_the_cell(kernel: Notebook) -> None:
    cell = kernel.run("echo gone; read -r; clear; echo kept", answers=[""])
    kinds = [message["msg_type"] for message in cell.messages]
    after = cell.messages[kinds.index("clear_output") :]
    assert [m["content"]["text"] for m in after if m["msg_type"] == "stream"] == ["kept\n"]
    assert cell.record.status.value == "success"


def test_an_inline_picture_is_shown(kernel: Notebook) -> None:
    cell = kernel.run(rf"printf '\033]1337;File=inline=1:%s\007' {PIXEL}; echo shown")
    pictures = [d["data"] for d in cell.contents("display_data") if "image/png" in d["data"]]
    assert ([p["image/png"] for p in pictures], cell.stdout) == ([PIXEL], "shown\n")


@pytest.mark.parametrize(
    ("code", "mime"),
    [
        ("echo '<b>x</b>' | display --type html", "text/html"),
        ("echo '{\"a\": 1}' | display", "application/json"),
        ("printf 'a,b\\n1,2\\n' | display --type csv", "text/html"),
        (f"echo {PIXEL} | base64 -d | display", "image/png"),
    ],
)
def test_display_shows_files(kernel: Notebook, code: str, mime: str) -> None:
    assert any(mime in shown["data"] for shown in kernel.run(code).contents("display_data"))


def test_printed_text_cannot_show_html(kernel: Notebook) -> None:
    cell = kernel.run(r"printf '\033]5522;;type=html:PGI+eDwvYj4=\007'")
    assert not any("text/html" in shown["data"] for shown in cell.contents("display_data"))
    assert "display" in cell.stderr
