"""The checks of `effecttalk doctor`: everything that a kernel needs."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click
from jupyter_core.paths import jupyter_path, jupyter_runtime_dir

from effecttalk_kernel.cli.context import read_settings
from effecttalk_kernel.cli.kernel_call import is_in_session
from effecttalk_kernel.cli.text_format import format_size
from effecttalk_kernel.config.settings import SOCKET, Settings
from effecttalk_kernel.rpc.client import call
from effecttalk_kernel.rpc.wire import CallError
from effecttalk_kernel.shell import proc
from effecttalk_kernel.store.checks import Check, check_store

KERNELSPEC: Final = Path("kernels") / "effecttalk" / "kernel.json"
OLDEST_BASH: Final = (4, 4)
# A block needs at most four, and a pool of them is kept ready.
MIN_TERMINALS: Final = 16
START_SECONDS: Final = 20.0
# Of the limit: a block that finds no free descriptor or terminal fails.
FULL_SHARE: Final = 0.8
VERSION_PATTERN: Final = re.compile(r"([0-9]+)\.([0-9]+)\.")


def run_checks() -> list[Check]:
    """Run all checks, in the order in which a starting kernel needs the parts."""
    try:
        settings = read_settings()
    except click.ClickException as error:
        return [
            Check("settings", is_good=False, text=f"{error.message}: correct it first"),
            *_run_check("kernelspec", _check_kernelspec),
            *_run_check("terminals", _check_terminals),
            *_run_check("session", _check_session),
        ]
    data_directory = settings.data_directory
    return [
        Check("settings", is_good=True, text="readable"),
        *_run_check("kernelspec", _check_kernelspec),
        *_run_check("shell", lambda: _check_shell(settings)),
        *_run_check(
            "runtime directory",
            lambda: _check_directory("runtime directory", Path(jupyter_runtime_dir())),
        ),
        *_run_check("terminals", _check_terminals),
        *_run_check("data directory", lambda: _check_directory("data directory", data_directory)),
        *_run_check("store", lambda: check_store(data_directory)),
        *_run_check("session", _check_session),
    ]


def _run_check(name: str, check: Callable[[], Sequence[Check] | Check]) -> list[Check]:
    """Return the results of a check; an exception in it is a failed check, too."""
    try:
        found = check()
        return [found] if isinstance(found, Check) else [*found]
    except Exception as error:  # noqa: BLE001 # the other checks still run
        text = f"cannot be checked: {type(error).__name__}: {error}"
        return [Check(name, is_good=False, text=text)]


def _check_kernelspec() -> Check:
    name = "kernelspec"
    path = next(
        (found for place in jupyter_path() if (found := Path(place) / KERNELSPEC).exists()), None
    )
    if path is None:
        text = "not found by Jupyter: install effecttalk-kernel where Jupyter is installed, or set"
        return Check(name, is_good=False, text=f"{text} JUPYTER_PATH to its share/jupyter")
    python = json.loads(path.read_text(encoding="utf-8"))["argv"][0]
    # jupyter_client replaces this name by the interpreter of its own process.
    program = sys.executable if python in {"python", "python3"} else python
    result = subprocess.run(
        [program, "-P", "-c", "import effecttalk_kernel"],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=START_SECONDS,
        check=False,
    )
    if result.returncode:
        last = (result.stderr.strip().splitlines() or [f"exit status {result.returncode}"])[-1]
        text = f"{program} of {path} cannot run it ({last}): install effecttalk-kernel there"
        return Check(name, is_good=False, text=text)
    return Check(name, is_good=True, text=f"{path}, run by {program}")


def _check_shell(settings: Settings) -> Check:
    program = shutil.which(settings.shell)
    if program is None:
        text = f"{settings.shell!r} not found: install bash, or set EFFECTTALK_SHELL to its path"
        return Check("shell", is_good=False, text=text)
    result = subprocess.run(
        [program, "-c", 'printf %s "$BASH_VERSION"'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=START_SECONDS,
        check=False,
    )
    version = VERSION_PATTERN.match(result.stdout)
    oldest = ".".join(map(str, OLDEST_BASH))
    if version is None or (int(version[1]), int(version[2])) < OLDEST_BASH:
        text = f"{program} is not bash {oldest} or newer: set EFFECTTALK_SHELL to the path of one"
        return Check("shell", is_good=False, text=text)
    return Check("shell", is_good=True, text=f"{program}, bash {result.stdout}")


def _check_directory(name: str, directory: Path) -> Check:
    """Write a file into the directory, or into its nearest parent that exists."""
    existing = next(each for each in (directory, *directory.absolute().parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"effecttalk")
            file.flush()
    except OSError as error:
        text = f"{existing}: {error.strerror}: make it writable, or free disk space"
        return Check(name, is_good=False, text=text)
    return Check(name, is_good=True, text=f"{directory}, writable")


def _check_terminals() -> Check:
    for descriptor in os.openpty():
        os.close(descriptor)
    terminals = proc.terminals()
    if terminals is None:
        return Check("terminals", is_good=True, text="a pseudo-terminal could be opened")
    used, limit = terminals
    free = limit - used
    if free < MIN_TERMINALS:
        text = (
            f"{free} of {limit} are free: end programs that use terminals, or raise kernel.pty.max"
        )
        return Check("terminals", is_good=False, text=text)
    return Check("terminals", is_good=True, text=f"{free} of {limit} are free")


def _check_session() -> Sequence[Check]:
    """Ask the kernel of this session which resources it uses; outside a cell, check nothing."""
    if not is_in_session():
        return []
    try:
        resources = call(os.environ.get(SOCKET, ""), "resources")
    except CallError as error:
        return [Check("session", is_good=False, text=f"{error}; restart the kernel")]
    text, advice = _describe_resources(resources), _advise(resources)
    if advice:
        return [Check("session", is_good=False, text=f"{text}: {advice}")]
    return [Check("session", is_good=True, text=text)]


def _describe_resources(resources: Mapping[str, object]) -> str:
    spilled, runtime = (
        format_size(_read_number(resources, f"{name}_bytes")) for name in ("spilled", "runtime")
    )
    return ", ".join(
        (
            _describe_count(resources, "descriptors", "descriptor"),
            _describe_count(resources, "terminals", "terminal"),
            _describe_count(resources, "processes", "process", "processes"),
            _describe_count(resources, "threads", "thread"),
            f"{_describe_count(resources, 'blocks', 'block')} in the background",
            f"{_describe_count(resources, 'spills', 'spill')} of {spilled}",
            f"{_describe_count(resources, 'runtime_files', 'runtime file')} of {runtime}",
        )
    )


def _describe_count(
    resources: Mapping[str, object], name: str, singular: str, plural: str = ""
) -> str:
    number, limit = _read_number(resources, name), _read_number(resources, f"most_{name}")
    word = singular if number == 1 else plural or f"{singular}s"
    return f"{number} of {limit} {word}" if limit > 0 else f"{number} {word}"


def _advise(resources: Mapping[str, object]) -> str | None:
    remedies = {
        "descriptors": "raise the limit of open files (`ulimit -n`) where Jupyter is started",
        "terminals": "raise kernel.pty.max",
    }
    for name, remedy in remedies.items():
        limit = _read_number(resources, f"most_{name}")
        if 0 < limit * FULL_SHARE < _read_number(resources, name):
            return (
                f"end blocks in the background (`effecttalk jobs`, `effecttalk kill`), or {remedy}"
            )
    return None


def _read_number(resources: Mapping[str, object], name: str) -> int:
    value = resources.get(name)
    return value if isinstance(value, int) else 0
