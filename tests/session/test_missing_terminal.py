"""Which program of a headless block needs a terminal, as far as its output and its code tell."""

import pytest

from effecttalk_kernel.session.missing_terminal import MissingTerminal

NANO = b"Standard input is not a terminal\n"
CASES = {
    "the one that failed": (b"top: failed tty get\n", "top", "top", "top"),
    "one before it": (
        NANO + b"cat: text: No such file or directory\n",
        "cat text",
        "cd /tmp; nano text; cat text",
        "nano",
    ),
    "one whose error came late": (
        b"cat: text: No such file or directory\n" + NANO,
        "cat text",
        "nano text; cat text",
        "nano",
    ),
    "the only one": (NANO, "", "LC_ALL=C nano text", "nano"),
    "the last one": (NANO, "nano text", "ls; nano text", "nano"),
}


@pytest.mark.parametrize(("written", "failed", "code", "name"), CASES.values(), ids=CASES)
def test_the_problem_names(written: bytes, failed: str, code: str, name: str) -> None:
    missing = MissingTerminal()
    missing.feed(written)
    assert missing.find_problem(1, failed, code).startswith(f"{name} needs a terminal")
    assert missing.find_problem(0, failed, code) == ""


def test_a_program_whose_name_is_unknown_may_have_said_it() -> None:
    """It was too fast: it had ended before its screen was read."""
    missing = MissingTerminal()
    missing.enter("", uses_keys=True)
    written, failed, code, name = CASES["one before it"]
    missing.feed(written)
    assert missing.find_problem(1, failed, code).startswith(f"{name} needs a terminal")


def test_another_failure_is_not_that_of_a_terminal() -> None:
    missing = MissingTerminal()
    missing.enter("", uses_keys=True)
    missing.feed(b"cat: text: No such file or directory\n")
    assert missing.find_problem(1, "cat text", "clear; cat text") == ""


def test_a_program_whose_keys_are_seen_when_it_leaves_needs_a_terminal() -> None:
    """It had ended before the modes of its terminal were read."""
    missing = MissingTerminal()
    missing.enter("", uses_keys=False)
    assert missing.find_problem(0, "", "htop") == ""
    missing.leave(uses_keys=True)
    assert missing.find_problem(0, "", "htop").startswith("htop needs a terminal")
