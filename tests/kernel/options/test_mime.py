"""`mime`: the type of a block's output."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effecttalk_kernel.block import Status
from effecttalk_kernel.output.content.pictures.png import encode
from effecttalk_kernel.output.record import MIME_TYPE
from tests.support.notebook import Cell, Notebook

Start = Callable[..., Notebook]
PNG = encode([bytes(range(9)), bytes(range(200, 209))], 3)
JPEG = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x02\0\x03\x01\x01\x11\0\xff\xda\0\x02x\xff\xd9"
GIF = b"GIF89a\x01\0\x01\0\0\0\0;"


def displays(cell: Cell) -> list[dict[str, Any]]:
    """Return what was shown besides the record."""
    shown = [content["data"] for content in cell.contents("display_data")]
    return [data for data in shown if MIME_TYPE not in data]


def on_view(cell: Cell) -> str:
    """Return the order of what is shown: streams by their names, displays as "display"."""
    order = []
    for message in cell.messages:
        if message["msg_type"] == "stream":
            order.append(message["content"]["name"])
        elif message["msg_type"] == "display_data" and MIME_TYPE not in message["content"]["data"]:
            order.append("display")
    return " ".join(order)


# Forms.


@pytest.mark.parametrize(
    ("name", "mime", "data"),
    [
        ("png", "image/png", PNG),
        ("jpeg", "image/jpeg", JPEG),
        ("gif", "image/gif", GIF),
        ("image/png", "image/png", PNG),
        ("pdf", "application/pdf", b"%PDF-1.7\0\xff"),
    ],
)
def test_bytes_are_shown_as_they_were_written(
    kernel: Notebook, tmp_path: Path, name: str, mime: str, data: bytes
) -> None:
    (tmp_path / "data").write_bytes(data)
    cell = kernel.run(f"#| mime: {name}\ncat {tmp_path}/data")
    assert (cell.status, cell.stdout, cell.stderr) == ("ok", "", "")
    (shown,) = displays(cell)
    assert base64.b64decode(shown[mime]) == data
    assert shown["text/plain"].endswith(f", {len(data)} bytes")
    assert cell.record.mime == mime
    assert cell.record.stdout.size_bytes == len(data)


@pytest.mark.parametrize(
    ("name", "mime", "text", "shown"),
    [
        ("json", "application/json", '{"a": [1, null]}', {"a": [1, None]}),
        ("application/geo+json", "application/geo+json", "{}", {}),
        ("html", "text/html", "<b>bold</b>", "<b>bold</b>\n"),
        ("svg", "image/svg+xml", "<svg></svg>", "<svg></svg>\n"),
        ("markdown", "text/markdown", "# title", "# title\n"),
        ("latex", "text/latex", "$x$", "$x$\n"),
        ("text", "text/plain", "plain", "plain\n"),
        ("csv", "text/csv", "a,b", "a,b\n"),
        ("tsv", "text/tab-separated-values", "a\tb", "a\tb\n"),
    ],
)
def test_text_is_shown_as_its_type(
    kernel: Notebook, name: str, mime: str, text: str, shown: object
) -> None:
    cell = kernel.run(f"#| mime: {name}\nprintf '%s\\n' '{text}'; echo news >&2")
    assert (cell.status, cell.stdout, cell.stderr) == ("ok", "", "news\n")
    assert [data[mime] for data in displays(cell)] == [shown]
    assert (cell.record.mime, cell.record.stdout.lines) == (mime, 1)


def test_markup_in_a_table_is_escaped(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: csv\necho 'name,<i>'; seq 1 1005 | sed 's/$/,<b>/'")
    (shown,) = displays(cell)
    assert "<th>&lt;i&gt;</th>" in shown["text/html"]
    assert shown["text/html"].count("<td>&lt;b&gt;</td>") == 1000
    assert "<p>rows not shown: 5</p>" in shown["text/html"]
    assert shown["text/plain"].count("\n") == 1006


def test_text_is_decoded_with_the_encoding_of_the_settings(start: Start) -> None:
    kernel = start(EFFECTTALK_ENCODING="latin-1")
    cell = kernel.run("#| mime: markdown\nprintf 'caf\\351'")
    assert [data["text/markdown"] for data in displays(cell)] == ["café"]


def test_standard_output_is_a_pipe(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: text\n[ -t 1 ] || echo pipe; [ -t 2 ] && echo terminal >&2")
    assert [data["text/plain"] for data in displays(cell)] == ["pipe\n"]
    assert cell.stderr == "terminal\n"
    assert kernel.run("[ -t 1 ] && echo terminal").stdout == "terminal\n"


def test_a_program_may_open_dev_stdout(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: text\necho one; echo two >/dev/stdout; (echo three)")
    assert [data["text/plain"] for data in displays(cell)] == ["one\ntwo\nthree\n"]


def test_output_to_the_terminal_itself_is_not_part_of_it(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: json\necho asks >/dev/tty; echo 1; sleep 0.1")
    assert [data["application/json"] for data in displays(cell)] == [1]
    assert cell.stderr == "asks\n"


def test_a_question_is_not_part_of_it(kernel: Notebook) -> None:
    code = "#| mime: json\nprintf '[1,'; read -p 'and? ' x; printf '%s]' $x"
    cell = kernel.run(code, answers=["2"])
    assert cell.questions[0]["prompt"] == "and? "
    assert [data["application/json"] for data in displays(cell)] == [[1, 2]]


def test_another_program_may_run_the_code(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: json\n#| shell: python3\nprint([1, 2])")
    assert [data["application/json"] for data in displays(cell)] == [[1, 2]]


def test_more_than_a_pipe_holds_is_complete(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: text\nseq 100000")
    (shown,) = displays(cell)
    assert shown["text/plain"] == "".join(f"{number}\n" for number in range(1, 100_001))
    assert cell.record.stdout.lines == 100_000


# When it is something else.


def test_invalid_json_is_text_with_a_reason(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: json\nprintf '{\\n\"a\": 1,\\n}\\n'")
    assert (cell.status, cell.stdout, displays(cell)) == ("ok", '{\n"a": 1,\n}\n', [])
    assert cell.stderr.startswith(
        "effecttalk: standard output is not shown as application/json: invalid JSON: line 3,"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("png", "as image/png: not a valid PNG picture\n"),
        ("markdown", "as text/markdown: byte 3 is not UTF-8 text\n"),
    ],
)
def test_content_of_another_type_is_text_with_a_reason(
    kernel: Notebook, name: str, reason: str
) -> None:
    cell = kernel.run(f"#| mime: {name}\nprintf 'a\\001\\377b\\n'")
    assert (cell.status, displays(cell)) == ("ok", [])
    assert cell.stdout == "a\ufffdb\n"
    assert cell.stderr.endswith(reason)


def test_an_empty_text_shows_nothing(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: markdown\ntrue")
    assert (cell.status, displays(cell), cell.stdout, cell.stderr) == ("ok", [], "", "")
    assert kernel.run("echo next").stdout == "next\n"


def test_an_empty_picture_is_an_error_message(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: png\ntrue")
    assert (cell.status, displays(cell), cell.stdout) == ("ok", [], "")
    assert cell.stderr.endswith("the content is empty\n")


def test_too_much_is_text_with_the_usual_limits(start: Start) -> None:
    kernel = start(EFFECTTALK_MAX_BLOCK_OUTPUT_SIZE="20kB")
    cell = kernel.run("#| mime: text\nseq 10000")
    assert displays(cell) == []
    assert "bytes of output omitted here; full output: effecttalk output 1]" in cell.stdout
    assert "is not shown as text/plain: too large for a cell" in cell.stderr
    assert kernel.run("effecttalk output 1 | wc -l").stdout == "10000\n"


# When it fails.


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("echo 1; (exit 3)", Status.FAILED),
        ("echo 1; exit 3", Status.FAILED),
        ("echo 1; kill -9 $$", Status.SHELL_LOST),
        ("#| timeout: 300ms\necho 1; sleep 60", Status.TIMED_OUT),
    ],
)
def test_the_output_of_a_failed_block_is_text(kernel: Notebook, code: str, status: Status) -> None:
    cell = kernel.run(f"#| mime: json\n{code}")
    assert (cell.record.status, cell.stdout, displays(cell)) == (status, "1\n", [])
    assert cell.record.stdout.size_bytes == 2


def test_the_output_of_an_interrupted_block_is_text(kernel: Notebook) -> None:
    cell = kernel.run(
        "#| mime: json\necho 1; echo on >&2; sleep 60",
        interrupt_when=lambda cell: "on" in cell.stderr,
    )
    assert (cell.record.status, cell.stdout) == (Status.INTERRUPTED, "1\n")
    assert kernel.run("echo fine").stdout == "fine\n"


def test_a_program_of_the_shell_itself_can_be_interrupted(kernel: Notebook) -> None:
    code = "#| mime: json\necho 1; echo on >&2; while :; do :; done"
    cell = kernel.run(code, interrupt_when=lambda cell: "on" in cell.stderr)
    assert (cell.record.status, cell.stdout) == (Status.INTERRUPTED, "1\n")
    assert kernel.run("echo fine").stdout == "fine\n"


def test_a_status_that_is_expected_is_a_success(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: json\n#| expect-exit: 4\necho 1; (exit 4)")
    assert [data["application/json"] for data in displays(cell)] == [1]


def test_the_output_of_a_fallback_has_the_type_too(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: json\n#| fallback: echo 2\necho 1; false")
    assert (cell.status, cell.stdout) == ("ok", "1\n")
    assert [data["application/json"] for data in displays(cell)] == [2]


def test_only_standard_error_is_shown_while_it_runs(kernel: Notebook, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    cell = kernel.send(
        f"#| mime: text\necho data; echo news >&2; while [ ! -e {gate} ]; do sleep 0.01; done"
    )
    kernel.wait(lambda: "news" in cell.stderr, "what is on view")
    kernel.wait(lambda: cell.records and cell.record.stdout.size_bytes, "the record")
    assert (cell.stdout, displays(cell)) == ("", [])
    gate.touch()
    kernel.finish(cell)
    assert on_view(cell) == "stderr display"


# What else there is of a block.


def test_late_output_is_text(kernel: Notebook, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    cell = kernel.run(
        f"#| mime: text\necho now; (while [ ! -e {gate} ]; do sleep 0.01; done; echo late) &"
    )
    assert (cell.record.status, cell.record.background) == (Status.BACKGROUND, True)
    assert [data["text/plain"] for data in displays(cell)] == ["now\n"]
    kernel.run(f"touch {gate}")
    kernel.late(cell, lambda cell: cell.record.status is Status.SUCCESS)
    assert (cell.stdout, cell.record.stdout.size_bytes) == ("late\n", 9)
    assert on_view(cell).endswith("display stdout")
    kernel.run("wait")  # bash tells of the job


def test_the_kernel_outlives_a_process_that_keeps_the_pipe(kernel: Notebook) -> None:
    cell = kernel.run("#| mime: text\necho now; sleep 4567 &")
    killed = kernel.run(f"effecttalk kill {cell.record.number}")
    assert killed.status == "ok"
    kernel.late(cell, lambda cell: not cell.record.background)
    assert kernel.run("echo fine").stdout == "fine\n"


def test_a_block_in_the_background_is_shown_when_it_has_succeeded(
    kernel: Notebook, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    code = f"echo 1; while [ ! -e {gate} ]; do sleep 0.01; done"
    good = kernel.run(f"#| mime: json\n#| background: true\n{code}")
    bad = kernel.run(f"#| mime: json\n#| background: true\n{code}; false")
    assert (displays(good), good.stdout, bad.stdout) == ([], "", "")
    kernel.run(f"touch {gate}")
    kernel.late(good, lambda cell: cell.record.status is Status.SUCCESS)
    assert [data["application/json"] for data in displays(good)] == [1]
    kernel.late(bad, lambda cell: cell.record.status is Status.FAILED)
    assert (displays(bad), bad.stdout) == ([], "1\n")


def test_all_bytes_can_be_printed_again(kernel: Notebook, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(PNG)
    cell = kernel.run(f"#| mime: png\n#| name: chart\ncat {tmp_path}/data")
    spill = cell.record.spill
    assert spill is not None
    assert spill.stdout.sha256 == hashlib.sha256(PNG).hexdigest()
    number = cell.record.number
    again = f"effecttalk output {number} --raw | cmp - {tmp_path}/data && cmp $ET_OUT_chart"
    assert kernel.run(f"{again} {tmp_path}/data").status == "ok"


def test_rich_output_is_found_by_search(fresh: Notebook) -> None:
    fresh.run('#| mime: json\necho \'{"a": "needle"}\'')
    found = fresh.run(
        "until effecttalk search needle --json | grep -q 'mime: json'; do sleep 0.1; done",
        timeout=30,
    )
    assert found.status == "ok"


def test_secrets_are_masked_in_it(start: Start) -> None:
    kernel = start(EFFECTTALK_REDACT_OUTPUT="1", MY_PASSWORD="correct-horse-1234")
    cell = kernel.run('#| mime: json\nprintf \'{"a": "%s"}\' $MY_PASSWORD')
    (shown,) = displays(cell)
    assert "correct-horse" not in json.dumps(shown)
    assert cell.record.redacted


def test_a_cached_output_has_the_type_again(kernel: Notebook) -> None:
    code = "#| mime: json\n#| cache: true\necho 7"
    first, again = kernel.run(code), kernel.run(code)
    assert again.record.cached
    for cell in (first, again):
        assert [data["application/json"] for data in displays(cell)] == [7]


def test_a_pipe_is_reused_by_the_next_block(fresh: Notebook) -> None:
    code = "#| mime: text\nreadlink /proc/self/fd/1"
    (first,) = displays(fresh.run(code))
    fresh.run("#| mime: text\nfalse")
    (second,) = displays(fresh.run(code))
    assert first["text/plain"].startswith("pipe:")
    assert second["text/plain"] == first["text/plain"]


# Options that are invalid.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("mime: pgn", "invalid value 'pgn' for option 'mime': did you mean 'png'?"),
        ("mime: 5", "invalid value 5 for option 'mime': Input should be a valid string"),
        ("mime: json\n#| tty: true", "invalid options: mime and tty cannot be combined"),
        (
            "mime: json\n#| stderr: merged",
            "invalid options: mime and stderr cannot be combined",
        ),
    ],
)
def test_an_invalid_type_fails_the_cell_before_it_runs(
    kernel: Notebook, options: str, message: str
) -> None:
    cell = kernel.run(f"#| {options}\necho ran", allow_stdin=True)
    assert (cell.status, cell.stdout, cell.evalue) == ("error", "", message)


def test_a_type_that_only_the_kernel_gives_is_refused(kernel: Notebook) -> None:
    cell = kernel.run(f"#| mime: {MIME_TYPE}\necho '{{}}'")
    assert cell.evalue.startswith(f"invalid value '{MIME_TYPE}' for option 'mime': use png, ")


def test_a_setting_of_merged_streams_is_overridden(start: Start) -> None:
    kernel = start(EFFECTTALK_STDERR="merged")
    cell = kernel.run("#| mime: json\necho 1; echo news >&2")
    assert [data["application/json"] for data in displays(cell)] == [1]
    assert (cell.stderr, cell.record.merged) == ("news\n", False)
    assert kernel.run("#| mime: json\n#| stderr: split\necho 1").status == "ok"
