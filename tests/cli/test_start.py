"""What starting the command costs: no more is imported than is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

from effecttalk_kernel.store.spill.layout import spills_directory
from effecttalk_kernel.store.spill.writer import SpillFolder
from tests.support.unmasked import Unmasked

HEAVY = {"sqlite3", "rich", "nbformat", "pydantic", "jupyter_client", "IPython", "asyncio", "zmq"}


def imported(*arguments: str) -> set[str]:
    """The top packages that a run of the command imports."""
    done = subprocess.run(
        [sys.executable, "-P", "-X", "importtime", "-m", "effecttalk_kernel.cli", *arguments],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["sessions", "-h"], ["blocks", "-h"], ["completion", "bash"]],
    ids=" ".join,
)
def test_help_needs_nothing(arguments: list[str]) -> None:
    assert not imported(*arguments) & {*HEAVY, "traitlets", "jupyter_core"}


def test_the_output_of_a_block_needs_no_database(data: Path) -> None:
    written = SpillFolder(spills_directory(data) / "s1", 1_000_000, Unmasked).open_spill(
        3, inline_bytes=0
    )
    written.write("stdout", b"x")
    written.finish(is_final=True)
    assert not imported("output", "s1-3") & HEAVY


@pytest.mark.usefixtures("data")
def test_lists_for_other_programs_need_no_tables() -> None:
    assert not imported("sessions", "list") & (HEAVY - {"sqlite3"})
