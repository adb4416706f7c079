"""Errors as users read them, and as the log has them."""

import logging
import re
import sys
from pathlib import Path

import pytest

import effecttalk_kernel
from effecttalk_kernel.errors import BlockError, EffectTalkError, OptionError, ShellStartError
from effecttalk_kernel.kernel.error_reports import UNEXPECTED, ErrorReporter

RUNTIME = Path("/run/user/me/jupyter/effecttalk-7-3f9a")
NOTE = re.compile(r" \(error id ([0-9a-f]{8}): see the kernel's log\)$")


def reporter(*, sanitizes: bool = True) -> ErrorReporter:
    return ErrorReporter.of(RUNTIME, sanitizes=sanitizes)


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
def test_a_known_error_is_reported_as_it_is(text: str, caplog: pytest.LogCaptureFixture) -> None:
    assert reporter().report(OptionError(text)) == ("OptionError", text)
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
def test_internal_paths_are_replaced_and_logged(
    text: str, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    name, told = reporter().report(ShellStartError(text), 12)
    assert name == "ShellStartError"
    assert told.startswith(shown)
    assert str(RUNTIME) not in told
    found = NOTE.search(told)
    assert found is not None
    [record] = caplog.records
    assert record.getMessage() == f"error.reported {found[1]} in block 12 ShellStartError: {text}"


def test_an_unexpected_error_is_named_and_logged_with_its_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    name, told = reporter().report(unexpected())
    found = NOTE.search(told)
    assert name == UNEXPECTED
    assert found is not None
    assert told.startswith(
        "EffectTalk failed with an internal error, KeyError; the session continues: please report"
    )
    assert "secret" not in told
    assert found[1] in caplog.text
    assert "Traceback" in caplog.text
    assert "KeyError: 'secret'" in caplog.text


def test_unexpected_errors_have_different_ids() -> None:
    told = {reporter().report(unexpected())[1] for _ in range(50)}
    assert len(told) == 50


def test_without_sanitizing_everything_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    plain = reporter(sanitizes=False)
    assert plain.report(BlockError(f"{RUNTIME}/x"))[1] == f"{RUNTIME}/x"
    content = plain.content(unexpected(), 3)
    assert "KeyError: 'secret'" in content["evalue"]
    assert content["traceback"][0] == "Traceback (most recent call last):"
    assert any(__file__ in line for line in content["traceback"])
    assert "Traceback" in caplog.text


def test_the_message_names_the_block() -> None:
    content = reporter().content(BlockError("no room"), 3)
    assert content == {
        "ename": "BlockError",
        "evalue": "no room",
        "traceback": ["\x1b[31mBlockError\x1b[0m (block 3): no room"],
    }
    assert reporter().content(unexpected())["traceback"][0].startswith("\x1b[31minternal error\x1b")


def test_all_errors_that_users_read_are_in_one_tree() -> None:
    from effecttalk_kernel.kernel.comms.manager import CommandError
    from effecttalk_kernel.rpc.wire import CallError
    from effecttalk_kernel.safety.redaction.rules import RuleError
    from effecttalk_kernel.store.errors import StoreError
    from effecttalk_kernel.store.spill.reader import SpillNotFoundError

    for kind in (CallError, CommandError, RuleError, SpillNotFoundError, StoreError):
        assert issubclass(kind, EffectTalkError)
