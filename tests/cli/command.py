"""Run the `effecttalk` command: in this process, in another one, on a terminal, or to complete."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from click.testing import CliRunner, Result

from effecttalk_kernel.cli import main

COMMANDS: Final = Path(__file__).parents[2] / "effecttalk_kernel" / "shell" / "commands"
# 2026-01-31, 12:00 UTC
NOON: Final = 1_769_860_800.0


def run(*arguments: str) -> Result:
    """Run the command in this process; an exception that it does not handle fails the test."""
    return CliRunner().invoke(main, [*arguments], catch_exceptions=False)


def run_json(*arguments: str) -> Any:
    """Run the command and return the JSON that it prints."""
    done = run(*arguments, "--json")
    assert done.stderr == ""
    return json.loads(done.stdout)


def run_alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in another process."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "effecttalk_kernel.cli", *arguments],
        capture_output=True,
        text=True,
    )


def run_on_terminal(*arguments: str, columns: int = 80) -> str:
    """Run the command on a terminal and return its output."""
    master, slave = pty.openpty()
    with os.fdopen(master, "rb", buffering=0) as terminal:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "effecttalk_kernel.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color"},
        )
        os.close(slave)
        data = b""
        try:
            while piece := terminal.read(65_536):
                data += piece
        except OSError:  # the terminal was closed by its last process
            pass
        process.wait()
    return data.decode().replace("\r\n", "\n")


def doctor_checks() -> dict[str, Any]:
    """Return the checks of `effecttalk doctor` by their names."""
    return {check["check"]: check for check in json.loads(run("doctor", "--json").stdout)}


def complete(*words: str) -> list[str]:
    """Return the completions that bash shows for *words*, the last of which is incomplete."""
    script = """
    compopt() { :; }
    eval "$(effecttalk completion bash)"
    COMP_WORDS=(effecttalk "$@") COMP_CWORD=$#
    _effecttalk_completion effecttalk "${@: -1}"
    printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", *words],
        env={
            **os.environ,
            "PATH": f"{COMMANDS}:{os.environ['PATH']}",
            "EFFECTTALK_PYTHON": sys.executable,
        },
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout.split()
