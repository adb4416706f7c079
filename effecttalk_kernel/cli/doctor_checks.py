"""Diagnosis: looks at all that a kernel needs; finds faults and has none."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click
from jupyter_core.paths import jupyter_path, jupyter_runtime_dir

from effecttalk_kernel.cli.context import read_settings
from effecttalk_kernel.cli.kernel_call import is_in_session
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.shell import proc
from effecttalk_kernel.store.checks import Check, check_store

KERNELSPEC: Final = Path("kernels") / "effecttalk" / "kernel.json"
OLDEST_BASH: Final = (4, 4)
# A block needs four at most, and a pool of them is kept.
LEAST_TERMINALS: Final = 16
START_SECONDS: Final = 20.0
VERSION: Final = re.compile(r"([0-9]+)\.([0-9]+)\.")


def diagnose() -> list[Check]:
    """Return what was looked at, in the order in which a kernel needs it."""
    try:
        settings = read_settings()
    except click.ClickException as error:
        return [
            Check("settings", is_good=False, text=f"{error.message}: correct it first"),
            *_looked("kernelspec", _kernelspec),
            *_looked("terminals", _terminals),
            *_looked("session", _session),
        ]
    data_directory = settings.data_directory
    return [
        Check("settings", is_good=True, text="readable"),
        *_looked("kernelspec", _kernelspec),
        *_looked("shell", lambda: _shell(settings)),
        *_looked(
            "runtime directory", lambda: _writable("runtime directory", Path(jupyter_runtime_dir()))
        ),
        *_looked("terminals", _terminals),
        *_looked("data directory", lambda: _writable("data directory", data_directory)),
        *_looked("store", lambda: check_store(data_directory)),
        *_looked("session", _session),
    ]


def _looked(name: str, look: Callable[[], Sequence[Check] | Check]) -> list[Check]:
    """Return what *look* finds; what keeps it from looking is a fault, too."""
    try:
        found = look()
        return [found] if isinstance(found, Check) else [*found]
    except Exception as error:  # noqa: BLE001 # who asks a doctor wants an answer
        text = f"it can't be looked at: {type(error).__name__}: {error}"
        return [Check(name, is_good=False, text=text)]


def _kernelspec() -> Check:
    name = "kernelspec"
    path = next(
        (found for place in jupyter_path() if (found := Path(place) / KERNELSPEC).exists()), None
    )
    if path is None:
        text = "Jupyter does not find it: install effecttalk-kernel where Jupyter is, or set"
        return Check(name, is_good=False, text=f"{text} JUPYTER_PATH to its share/jupyter")
    python = json.loads(path.read_text(encoding="utf-8"))["argv"][0]
    # jupyter_client puts the interpreter of its own process for this name.
    program = sys.executable if python in {"python", "python3"} else python
    done = subprocess.run(
        [program, "-P", "-c", "import effecttalk_kernel"],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=START_SECONDS,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        text = f"{program} of {path} can't run it ({last}): install effecttalk-kernel there"
        return Check(name, is_good=False, text=text)
    return Check(name, is_good=True, text=f"{path}, run by {program}")


def _shell(settings: Settings) -> Check:
    program = shutil.which(settings.shell)
    if program is None:
        text = f"there is no {settings.shell!r}: install bash, or set EFFECTTALK_SHELL to its path"
        return Check("shell", is_good=False, text=text)
    done = subprocess.run(
        [program, "-c", 'printf %s "$BASH_VERSION"'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=START_SECONDS,
        check=False,
    )
    version = VERSION.match(done.stdout)
    oldest = ".".join(map(str, OLDEST_BASH))
    if version is None or (int(version[1]), int(version[2])) < OLDEST_BASH:
        text = f"{program} is no bash {oldest} or newer: set EFFECTTALK_SHELL to the path of one"
        return Check("shell", is_good=False, text=text)
    return Check("shell", is_good=True, text=f"{program}, bash {done.stdout}")


def _writable(name: str, directory: Path) -> Check:
    """Write a file, where the directory is or in the first above it that there is."""
    present = next(each for each in (directory, *directory.absolute().parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=present) as file:
            file.write(b"effecttalk")
            file.flush()
    except OSError as error:
        text = f"{present}: {error.strerror}: make it writable for you, or make room"
        return Check(name, is_good=False, text=text)
    return Check(name, is_good=True, text=f"{directory}, writable")


def _terminals() -> Check:
    for descriptor in os.openpty():
        os.close(descriptor)
    terminals = proc.terminals()
    if terminals is None:
        return Check("terminals", is_good=True, text="one could be opened")
    used, most = terminals
    free = most - used
    if free < LEAST_TERMINALS:
        text = f"{free} of {most} are free: end programs that use some, or raise kernel.pty.max"
        return Check("terminals", is_good=False, text=text)
    return Check("terminals", is_good=True, text=f"{free} of {most} are free")


def _session() -> Sequence[Check]:
    """Look at what the session holds in whose cell this runs, if it runs in one."""
    if not is_in_session():
        return []
    from effecttalk_kernel.cli.store_checks import check_session

    return [check_session()]
