"""The routes for blocks, their output, search and figures."""

import sqlite3
from pathlib import Path

import pytest

from effecttalk_kernel.store.database import store_path
from effecttalk_kernel.store.spill.layout import SpillContents, SpilledStream
from tests.server.server import Client, JupyterServer
from tests.support.stored_session import NOON, SampleBlock, store_session


def spill(data: Path, block: str, stdout: bytes, *, is_done: bool = True) -> None:
    """Write the full output of a block into files, as a kernel does."""
    session, _, number = block.partition("-")
    directory = data / "spills" / session
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{number}.stdout").write_bytes(stdout)
    (directory / f"{number}.stderr").write_bytes(b"")
    if is_done:
        contents = SpillContents(SpilledStream(len(stdout), "0" * 64), SpilledStream(0, "0" * 64))
        (directory / f"{number}.json").write_text(contents.to_json())


def test_blocks_are_listed_page_by_page(client: Client) -> None:
    store_session(
        client.server.data, "b10c4", [SampleBlock(f"echo {number}") for number in range(1, 8)]
    )
    numbers: list[int] = []
    query: dict[str, object] = {"limit": 3}
    while True:
        page = client.get("sessions/b10c4/blocks", **query)
        assert page["total"] == 7
        numbers += [block["number"] for block in page["blocks"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert numbers == [7, 6, 5, 4, 3, 2, 1]
    oldest = client.get("sessions/b10c4/blocks", order="oldest", after=2, limit=2, offset=1)
    assert [block["command"] for block in oldest["blocks"]] == ["echo 4", "echo 5"]


def test_blocks_are_filtered(client: Client) -> None:
    blocks = [
        SampleBlock("true"),
        SampleBlock("false", exit_status=1, started=NOON + 60),
        SampleBlock("true", started=NOON + 120),
    ]
    store_session(client.server.data, "c05e", blocks)

    def numbers(**query: object) -> list[int]:
        found = client.get("sessions/c05e/blocks", **query)["blocks"]
        return [block["number"] for block in found]

    assert numbers(failed="true") == numbers(status="failed") == [2]
    assert numbers(failed="false") == numbers(status="success") == [3, 1]
    assert numbers(since="2026-01-31T13:01:00+01:00") == [3, 2]
    assert numbers(since="0001-01-01T00:00:00Z") == [3, 2, 1]
    assert numbers(since="9999-12-31T23:59:59-12:00") == []


def test_a_long_command_is_truncated_in_lists(client: Client) -> None:
    code = f"echo {'a' * 5_000}"
    store_session(client.server.data, "107c", [SampleBlock(code)])
    (line,) = client.get("sessions/107c/blocks")["blocks"]
    assert (line["command"], line["command_characters"]) == (code[:1_000], len(code))
    assert client.get("blocks/107c-1")["command"] == code


def test_a_block_is_shown(client: Client) -> None:
    store_session(client.server.data, "b100", [SampleBlock("echo a; false", "a\n", exit_status=1)])
    shown = client.get("blocks/b100-1")
    assert (shown["status"], shown["exit_status"], shown["duration_seconds"]) == ("failed", 1, 0.25)
    assert shown["record"] == {"code": "echo a; false"}
    assert (shown["spill"], shown["has_state"]) == (None, True)
    assert client.ask("GET", "blocks/b100-2").status_code == 404
    assert client.ask("GET", "blocks/1").status_code == 404


def test_the_outputs_of_a_cell_are_returned(client: Client) -> None:
    store_session(client.server.data, "0475", [SampleBlock("x", "out\n", "err\n")])
    shown = client.get("blocks/0475-1/outputs")
    assert (shown["is_running"], shown["is_part"]) == (False, False)
    assert shown["outputs"] == [
        {"output_type": "stream", "name": "stdout", "text": "out\n"},
        {"output_type": "stream", "name": "stderr", "text": "err\n"},
    ]
    etag = client.ask("GET", "blocks/0475-1/outputs").headers["Etag"]
    same = client.ask("GET", "blocks/0475-1/outputs", headers={"If-None-Match": etag})
    assert same.status_code == 304


def test_a_lone_surrogate_in_the_store_is_escaped(client: Client) -> None:
    """The name of a directory, which is in the record, may be any bytes."""
    store_session(client.server.data, "5a99", [SampleBlock("x")])
    connection = sqlite3.connect(store_path(client.server.data))
    with connection:
        connection.execute(
            """UPDATE blocks SET record = '{"cwd": "\\udc80"}' WHERE code = 'x' AND session ="""
            " (SELECT key FROM sessions WHERE id = '5a99')"
        )
    connection.close()
    assert client.get("blocks/5a99-1")["record"] == {"cwd": r"$'\200'"}


@pytest.fixture(scope="module", params=["files", "store"])
def written(request: pytest.FixtureRequest, server: JupyterServer) -> str:
    """Return a block whose output, ten digits, is in files or in the store."""
    is_spilled = request.param == "files"
    session = "4ea1" if is_spilled else "4ea2"
    store_session(server.data, session, [SampleBlock("x", "" if is_spilled else "0123456789")])
    if is_spilled:
        spill(server.data, f"{session}-1", b"0123456789")
    return f"{session}-1"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, b"0123456789"),
        ({"offset": 4}, b"456789"),
        ({"offset": 4, "length": 3}, b"456"),
        ({"offset": 4, "length": 0}, b""),
        ({"offset": 99}, b""),
        ({"length": 99}, b"0123456789"),
        ({"stream": "stderr"}, b""),
    ],
)
def test_a_part_of_an_output_is_read(
    client: Client, written: str, query: dict[str, object], expected: bytes
) -> None:
    reply = client.ask("GET", f"blocks/{written}/output", params=query)
    assert reply.content == expected
    total = "0" if query.get("stream") == "stderr" else "10"
    assert reply.headers["EffectTalk-Total-Bytes"] == total
    assert reply.headers["EffectTalk-Is-All"] == "true"
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_a_browser_can_download_an_output(client: Client) -> None:
    store_session(client.server.data, "5a7e", [SampleBlock("x", "a\n")])
    reply = client.ask("GET", "blocks/5a7e-1/output", params={"download": "true"})
    wanted = 'attachment; filename="5a7e-1.stdout.txt"'
    assert reply.headers["Content-Disposition"] == wanted


def test_the_output_of_a_running_block_is_incomplete(client: Client) -> None:
    store_session(client.server.data, "4747", [SampleBlock("x")])
    spill(client.server.data, "4747-1", b"so far", is_done=False)
    reply = client.ask("GET", "blocks/4747-1/output")
    assert (reply.content, reply.headers["EffectTalk-Is-All"]) == (b"so far", "false")
    shown = client.get("blocks/4747-1")["spill"]
    assert shown["stdout_bytes"] == 6
    assert shown["warning"].startswith("the output may be incomplete: the block still runs")


def test_a_link_out_of_the_directory_is_not_followed(client: Client, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "1.stdout").write_text("secret")
    spills = client.server.data / "spills"
    spills.mkdir(exist_ok=True)
    (spills / "11c4").symlink_to(secret)
    assert client.ask("GET", "blocks/11c4-1/output").status_code == 404


def test_blocks_are_found_by_words(client: Client) -> None:
    store_session(
        client.server.data,
        "f00d",
        [
            SampleBlock("cat soup", "hot potage here\n", cwd="/srv/kitchen"),
            SampleBlock("ls", exit_status=1),
        ],
    )
    (match,) = client.get("search", q="potage", cwd="/srv")["matches"]
    assert match["block"] == "f00d-1"
    assert {"text": "potage", "is_match": True} in match["pieces"]
    assert client.get("search", q="potage", failed="true")["matches"] == []
    assert client.get("search", q="potage", session="f00d")["matches"] != []
    assert client.ask("GET", "search?q=potage&session=f00").status_code == 404
    assert client.ask("GET", "search").status_code == 422


def test_a_directory_that_is_not_utf_8_is_found_as_records_have_it(client: Client) -> None:
    cwd = r"/srv/d$'\351'"
    store_session(client.server.data, "b17e", [SampleBlock("ls needle", cwd=f"{cwd}/sub")])
    (block,) = client.get("sessions/b17e/blocks")["blocks"]
    assert block["directory"] == f"{cwd}/sub"
    assert len(client.get("search", q="needle", cwd=cwd)["matches"]) == 1
    assert client.get("search", q="needle", cwd="/srv/d")["matches"] == []


@pytest.mark.parametrize(
    "text", ['"', "NEAR(", "*", "a OR", "\0", "a\0b", "^", "{code}: a", " ".join("ab" * 33)]
)
def test_any_text_can_be_searched(client: Client, text: str) -> None:
    keep_once(client)
    client.get("search", q=text)


def test_figures_count_blocks(client: Client) -> None:
    keep_once(client)
    figures = client.get("figures")
    assert figures["blocks"] >= 1
    assert figures["store_bytes"] > 0
    assert client.get("figures", since="2999-01-01T00:00:00Z")["blocks"] == 0


def keep_once(client: Client) -> None:
    """Make sure that the store is not empty."""
    if client.ask("GET", "sessions/0cce").status_code == 404:
        store_session(client.server.data, "0cce", [SampleBlock("once", "a ab b\n")])
