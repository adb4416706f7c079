"""Everything that leaves the session is valid Unicode, whatever bytes the session has."""

import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.bash_quoting import unescape_value
from effecttalk_kernel.block import Block
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.kernel.comms.location import _branch_name
from effecttalk_kernel.kernel.messages import MessageSession
from effecttalk_kernel.output.record import build_record
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.shell.dialects.bash_changes import compare_states, find_changes, join_names
from effecttalk_kernel.shell.dialects.bash_parser import read_snapshot

# As Python decodes paths, arguments and the environment; and what JSON of a client can hold.
TEXT = st.one_of(
    st.binary().map(os.fsdecode), st.text(st.characters(exclude_categories=())), st.just("\udce9")
)
MASKER = Masker(Settings(), {})


def check(value: Any) -> None:
    json.dumps(value, ensure_ascii=False).encode()


@given(TEXT)
def test_masked_text_is_valid(text: str) -> None:
    check(MASKER.text(text))
    check(MASKER.page_masker().text(text))
    check(MASKER.json({text: [text, {"image/png": text}]}))
    check(MASKER.outputs([{"output_type": "stream", "name": "stdout", "text": text}]))


@given(st.binary())
def test_a_masked_path_is_valid_and_loses_no_byte(data: bytes) -> None:
    for masker in (MASKER, MASKER.page_masker()):
        masked = masker.path(os.fsdecode(b"/" + data))
        check(masked)
        assert os.fsencode(unescape_value(masked)) == b"/" + data


@given(TEXT.filter(bool), TEXT)
def test_the_masked_environment_is_valid(name: str, value: str) -> None:
    check(Masker(Settings(), {name: value}).environment())


@given(TEXT, TEXT)
def test_the_record_and_the_error_of_a_block_are_valid(path: str, problem: str) -> None:
    block = Block(session="s", number=1, code="", started=0.0, cwd_before=path, problem=problem)
    check(MASKER.record(build_record(block, {}, volatile=False)))


@given(TEXT)
def test_a_message_is_valid(text: str) -> None:
    content = MessageSession._pack({text: [text, None, 1.5]})
    check(json.loads(content))


def test_a_client_gets_its_own_header_back() -> None:
    header = {"msg_id": "a\udce9"}
    assert json.loads(MessageSession._pack_header(header)) == header


@given(TEXT)
def test_a_branch_is_printable(text: str) -> None:
    branch = _branch_name(f"ref: refs/heads/{text}")
    assert branch.isprintable()
    check(branch)


@given(st.binary(), st.binary())
def test_changes_of_any_state_are_described(before: bytes, after: bytes) -> None:
    for names in find_changes(read_snapshot(before).parts, read_snapshot(after).parts).values():
        check(join_names(names))


@pytest.mark.parametrize("kind", ["functions", "aliases"])
def test_names_that_differ_in_one_byte_are_two_names(kind: str) -> None:
    lines = {
        "functions": b"f\xe9 () \n{ \n    :\n}\nf\xe8 () \n{ \n    :\n}\n",
        "aliases": b"alias f\xe9='a'\nalias f\xe8='b'\n",
    }
    script = b"\n# functions\n%b\n# options\nshopt -u x\n"
    before, after = (read_snapshot(script % text).parts for text in (b"", lines[kind]))
    found = compare_states(before, after)
    assert len(found[kind]) == 2
