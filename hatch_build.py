"""Hatch build hook: put the JupyterLab extension into the wheel, and build it if necessary.

A built extension carries a digest of its sources. If the digest matches, nothing is built, so
installing from the source distribution does not need node.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES: Final = (
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "install.json",
    "schema",
    "src",
    "style",
)
SKIP: Final = "EFFECTTALK_NO_LABEXTENSION"
INSTALLED: Final = "share/jupyter/labextensions/effecttalk"
# Major and minor version; JupyterLab's builder needs it.
OLDEST_NODE: Final = (20, 19)


class LabExtensionHook(BuildHookInterface[Any]):
    """Build the extension for wheels, editable installs and source distributions."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the extension if necessary, and add it to the files to install."""
        del version
        if os.environ.get(SKIP, "0") not in {"", "0"}:
            self.app.display_warning(
                f"{SKIP} is set: installing the kernel without the JupyterLab extension"
            )
            return
        sources = Path(self.root) / "labextension"
        built = Path(self.root) / "effecttalk_kernel/labextension"
        stamp = stamp_of(sources)
        if not is_built(built, stamp):
            build(sources)
            (built / "stamp").write_text(f"{stamp}\n", encoding="utf-8")
        if self.target_name == "sdist":
            build_data["artifacts"].append("effecttalk_kernel/labextension")
            return
        shared = build_data["shared_data"]
        for file in sorted(path for path in built.rglob("*") if path.is_file()):
            if file.name != "stamp":
                shared[str(file)] = f"{INSTALLED}/{file.relative_to(built)}"
        shared[str(sources / "install.json")] = f"{INSTALLED}/install.json"


def stamp_of(sources: Path) -> str:
    """Return a digest of everything that the extension is built from."""
    digest = hashlib.sha256()
    for name in SOURCES:
        place = sources / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file():
                digest.update(f"{file.relative_to(sources).as_posix()}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def is_built(built: Path, stamp: str) -> bool:
    """Whether the extension was built from the sources with this digest."""
    file = built / "stamp"
    return file.is_file() and file.read_text(encoding="utf-8").strip() == stamp


def build(sources: Path) -> None:
    """Build the extension with node and npm."""
    problem = missing_tool()
    if problem:
        raise SystemExit(
            f"cannot build the JupyterLab extension: {problem}. Install node"
            f" {'.'.join(map(str, OLDEST_NODE))} or newer, or set {SKIP}=1 to install"
            " the kernel without it."
        )
    commands = [["npm", "run", "build"]]
    if not are_tools_installed(sources):
        commands.insert(0, ["npm", "ci"])
    for command in commands:
        done = subprocess.run(
            command,
            cwd=sources,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(
                f"cannot build the JupyterLab extension: `{' '.join(command)}` failed with exit"
                f" status {done.returncode}. Set {SKIP}=1 to install the kernel without it.\n"
                f"{done.stdout}"
            )


def are_tools_installed(sources: Path) -> bool:
    """Whether npm has installed the versions in the lock file."""
    installed = sources / "node_modules/.package-lock.json"
    lock = sources / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime


def missing_tool() -> str:
    """Return a description of the missing build tool, or "" if nothing is missing."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = done.stdout.strip().removeprefix("v")
    parts = found.split(".")
    numbers = tuple(int(part) for part in parts[:2] if part.isdigit())
    if numbers >= OLDEST_NODE:
        return ""
    return f"node {found} is too old" if found else "node does not run"
