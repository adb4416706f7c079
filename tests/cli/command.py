"""Helpers for tests of the command: sessions in a store, and ways to run the command."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from click.testing import CliRunner, Result

from effecttalk_kernel.block import has_failed
from effecttalk_kernel.cli import main
from effecttalk_kernel.store import outputs, search_index, states
from effecttalk_kernel.store.database import connect
from effecttalk_kernel.store.rows import NewBlock, NewSession
from effecttalk_kernel.store.writer import SessionWriter

COMMANDS: Final = Path(__file__).parents[2] / "effecttalk_kernel" / "shell" / "commands"
# 2026-01-31, 12:00 UTC
NOON: Final = 1_769_860_800.0


@dataclass(frozen=True)
class Ran:
    """One block of a stored session."""

    code: str
    stdout: str = ""
    stderr: str = ""
    exit_status: int = 0
    cwd: str = "/home/me"
    started: float = NOON
    seconds: float = 0.25
    variables: bytes = b""


def keep(
    data: Path,
    identity: str,
    blocks: Sequence[Ran],
    *,
    is_live: bool = False,
    notebook: str = "",
    environment: Mapping[str, str] | None = None,
) -> None:
    """Write a session with its blocks into the store, as a kernel does."""
    new = NewSession(
        identity, notebook, "bash", "here", 4711, NOON, "", environment=environment or {}
    )
    with closing(SessionWriter(data, new)) as writer, closing(connect(data)) as connection:
        for number, ran in enumerate(blocks, 1):
            row = _row(number, ran)
            writer.put(row)
            shown = [
                {"output_type": "stream", "name": name, "text": text}
                for name, text in (("stdout", ran.stdout), ("stderr", ran.stderr))
                if text
            ]
            kept = outputs.put_outputs(connection, identity, number, shown, 1_000_000)
            assert kept is not None
            search_index.index_block(
                connection,
                search_index.IndexedBlock(
                    key=kept.block,
                    session=identity,
                    code=ran.code,
                    outputs=shown,
                    started=ran.started,
                    cwd=ran.cwd,
                    has_failed=has_failed(row.status),
                ),
            )
            states.put_state(
                connection, identity, states.NewState(number, (ran.variables, b"", b""))
            )
        if not is_live:
            writer.finish()


def _row(number: int, ran: Ran) -> NewBlock:
    return NewBlock(
        number=number,
        code=ran.code,
        status="failed" if ran.exit_status else "success",
        exit_status=ran.exit_status,
        started=ran.started,
        ended=ran.started + ran.seconds,
        cwd=ran.cwd,
        cwd_after=ran.cwd,
        record={"code": ran.code},
    )


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
