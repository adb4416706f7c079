"""What a user is told of errors, and what the log has of them."""

import logging
import re
import sys
from pathlib import Path

import pytest

import effecttalk_kernel
from effecttalk_kernel.errors import BlockError, EffectTalkError, OptionError, ShellStartError
from effecttalk_kernel.kernel.error_reports import UNEXPECTED, Faults

RUNTIME = Path("/run/user/me/jupyter/effecttalk-7-3f9a")
NOTE = re.compile(r" \(error id ([0-9a-f]{8}): the kernel's log has more\)$")


def faults(*, sanitizes: bool = True) -> Faults:
    return Faults.of(RUNTIME, sanitizes=sanitizes)


def unexpected() -> Exception:
    """An exception with a trace."""
    try:
        {}["secret"]
    except KeyError as error:
        return error


@pytest.fixture(autouse=True)
def every_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "effecttalk")


@pytest.mark.parametrize(
    "text",
    [
        "invalid value '/nowhere' for option 'cwd': there is no directory /nowhere",
        f"{RUNTIME.parent} is no path of ours, nor is {RUNTIME}-other or {RUNTIME}.old",
    ],
)
def test_a_known_error_is_told_as_it_is(text: str, caplog: pytest.LogCaptureFixture) -> None:
    assert faults().told(OptionError(text)) == ("OptionError", text)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{RUNTIME} can't be used (gone): make room", "<runtime directory> can't be used (gone)"),
        (f"'{RUNTIME}/shell-1/marks': gone", "'<runtime directory>': gone"),
        (f"{RUNTIME}/a, {RUNTIME}/b", "<runtime directory>, <runtime directory>"),
        (f"{effecttalk_kernel.__path__[0]}/shell/bash.sh", "<EffectTalk>"),
        (f"in {Path(logging.__file__)}:", "in <Python>:"),
        (f"in {sys.prefix}/lib/python3.{sys.version_info.minor}/site-packages/x", "in <Python>"),
    ],
)
def test_our_own_paths_are_left_out_and_logged(
    text: str, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    name, told = faults().told(ShellStartError(text), 12)
    assert name == "ShellStartError"
    assert told.startswith(shown)
    assert str(RUNTIME) not in told
    found = NOTE.search(told)
    assert found is not None
    [record] = caplog.records
    assert record.getMessage() == f"error.told {found[1]} in block 12 ShellStartError: {text}"


def test_what_nobody_expected_is_named_and_logged_with_its_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    name, told = faults().told(unexpected())
    found = NOTE.search(told)
    assert name == UNEXPECTED
    assert found is not None
    assert told.startswith(
        "EffectTalk failed with an error of its own, KeyError; the session lives on: please report"
    )
    assert "secret" not in told
    assert found[1] in caplog.text
    assert "Traceback" in caplog.text
    assert "KeyError: 'secret'" in caplog.text


def test_every_fault_has_an_identity_of_its_own() -> None:
    told = {faults().told(unexpected())[1] for _ in range(50)}
    assert len(told) == 50


def test_nothing_is_left_out_where_that_is_wanted(caplog: pytest.LogCaptureFixture) -> None:
    plain = faults(sanitizes=False)
    assert plain.told(BlockError(f"{RUNTIME}/x"))[1] == f"{RUNTIME}/x"
    content = plain.content(unexpected(), 3)
    assert "KeyError: 'secret'" in content["evalue"]
    assert content["traceback"][0] == "Traceback (most recent call last):"
    assert any(__file__ in line for line in content["traceback"])
    assert "Traceback" in caplog.text


def test_the_message_names_the_block() -> None:
    content = faults().content(BlockError("no room"), 3)
    assert content == {
        "ename": "BlockError",
        "evalue": "no room",
        "traceback": ["\x1b[31mBlockError\x1b[0m (block 3): no room"],
    }
    assert faults().content(unexpected())["traceback"][0].startswith("\x1b[31minternal error\x1b")


def test_all_errors_that_users_read_are_of_one_family() -> None:
    from effecttalk_kernel.kernel.comms.manager import CommandError
    from effecttalk_kernel.rpc.wire import CallError
    from effecttalk_kernel.safety.redaction.rules import RuleError
    from effecttalk_kernel.store.errors import StoreError
    from effecttalk_kernel.store.spill.reader import SpillNotFoundError

    for kind in (CallError, CommandError, RuleError, SpillNotFoundError, StoreError):
        assert issubclass(kind, EffectTalkError)
