"""The layers: which room may import which, and which modules do no I/O."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "effecttalk_kernel"
# Text and values in, text and values out. bash.py reads one file: its other half.
PURE = {
    **dict.fromkeys(sorted((PACKAGE / "output" / "terminal").rglob("*.py")), ()),
    **dict.fromkeys(sorted((PACKAGE / "output" / "content").rglob("*.py")), ()),
    **dict.fromkeys(sorted((PACKAGE / "safety" / "redaction").rglob("*.py")), ()),
    # It reads its own file; a vault makes its key.
    PACKAGE / "safety" / "redaction" / "rules.py": ("pathlib",),
    PACKAGE / "safety" / "redaction" / "vault.py": ("secrets",),
    **dict.fromkeys(sorted((PACKAGE / "safety" / "policy").rglob("*.py")), ()),
    # They read their own tables.
    PACKAGE / "safety" / "policy" / "read_only.py": ("pathlib",),
    PACKAGE / "safety" / "policy" / "runners.py": ("pathlib",),
    PACKAGE / "block.py": (),
    PACKAGE / "config" / "durations.py": (),
    PACKAGE / "config" / "sizes.py": (),
    PACKAGE / "config" / "traits.py": (),
    PACKAGE / "errors.py": (),
    PACKAGE / "kernel" / "input_history.py": (),
    PACKAGE / "kernel" / "introspection" / "completion_sites.py": (),
    PACKAGE / "kernel" / "introspection" / "open_constructs.py": (),
    PACKAGE / "kernel" / "introspection" / "quoting.py": (),
    PACKAGE / "kernel" / "introspection" / "scan.py": (),
    PACKAGE / "kernel" / "introspection" / "words.py": (),
    PACKAGE / "output" / "error_message.py": (),
    PACKAGE / "output" / "mime_transcript.py": (),
    PACKAGE / "output" / "rate_limit.py": (),
    PACKAGE / "output" / "transcript.py": (),
    PACKAGE / "session" / "job_notices.py": (),
    PACKAGE / "session" / "saved_states.py": (),
    PACKAGE / "session" / "timeline.py": (),
    PACKAGE / "shell" / "dialects" / "bash.py": ("pathlib",),
    PACKAGE / "shell" / "dialects" / "bash_changes.py": (),
    PACKAGE / "shell" / "dialects" / "bash_snapshot.py": (),
    PACKAGE / "shell" / "echo.py": (),
    PACKAGE / "shell" / "marks.py": (),
}
# What reads a clock, waits, or reaches out of the process.
IMPURE = {
    "asyncio",
    "datetime",
    "fcntl",
    "io",
    "logging",
    "os",
    "pathlib",
    "psutil",
    "ptyprocess",
    "random",
    "secrets",
    "select",
    "shutil",
    "socket",
    "subprocess",
    "tempfile",
    "termios",
    "threading",
    "time",
}


def imported(path: Path) -> Iterator[str]:
    """The packages that a module names in any of its imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_the_walls_stand() -> None:
    """The contracts are in .importlinter."""
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pure_modules_do_no_io(path: Path) -> None:
    assert (IMPURE & {*imported(path)}) <= {*PURE[path]}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_only_the_terminal_knows_termios(path: Path) -> None:
    allowed = {"terminal.py": {"termios", "fcntl"}, "private_pipe.py": {"fcntl"}}
    assert {"termios", "fcntl"} & {*imported(path)} <= allowed.get(path.name, set())


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_only_the_process_forks_under_a_terminal(path: Path) -> None:
    assert path.name == "process.py" or "ptyprocess" not in {*imported(path)}


def test_starting_a_kernel_imports_no_large_package_that_it_does_not_use() -> None:
    """Pydantic alone would take a third of the start-up time."""
    code = """
import sys
from effecttalk_kernel.lazy_packages import delay_unused_packages
delay_unused_packages()
import effecttalk_kernel.kernel.kernel
print({"pydantic", "nbformat", "dateutil.parser._parser", "dateutil.tz.tz"} & {*sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "set()\n", done.stderr
