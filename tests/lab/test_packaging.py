"""Building and packaging the extension (hatch_build.py)."""

import json
from pathlib import Path

import pytest

import hatch_build
from tests.lab.lab import EXTENSION

SOURCES = Path(hatch_build.__file__).parent / "labextension"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The sources of an extension with one file."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/index.ts").write_text("export default [];\n")
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_text("{}\n")
    return tmp_path


def test_build_is_reused_until_a_source_changes(sources: Path, tmp_path: Path) -> None:
    built = tmp_path / "built"
    built.mkdir()
    stamp = hatch_build.stamp_of(sources)
    assert not hatch_build.is_built(built, stamp)
    (built / "stamp").write_text(f"{stamp}\n")
    assert hatch_build.is_built(built, hatch_build.stamp_of(sources))
    (sources / "src/index.ts").write_text("export default [1];\n")
    assert not hatch_build.is_built(built, hatch_build.stamp_of(sources))


def test_renaming_a_source_requires_a_new_build(sources: Path) -> None:
    stamp = hatch_build.stamp_of(sources)
    (sources / "src/index.ts").rename(sources / "src/other.ts")
    assert hatch_build.stamp_of(sources) != stamp


def test_missing_node_is_explained(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(sources))
    with pytest.raises(SystemExit) as raised:
        hatch_build.build(sources)
    assert "node and npm are not installed" in str(raised.value)
    assert "EFFECTTALK_NO_LABEXTENSION=1" in str(raised.value)


def test_outdated_node_is_reported(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("node", "v18.2.0"), ("npm", "9.0.0")):
        (sources / name).write_text(f"#!/bin/sh\necho {text}\n")
        (sources / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(sources))
    assert hatch_build.missing_tool() == "node 18.2.0 is too old"


def test_failed_build_reports_the_reason(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("node", "echo v20.19.0"), ("npm", "echo no space left; exit 1")):
        (sources / name).write_text(f"#!/bin/sh\n{text}\n")
        (sources / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(sources))
    with pytest.raises(SystemExit) as raised:
        hatch_build.build(sources)
    assert "`npm ci` failed with exit status 1" in str(raised.value)
    assert "no space left" in str(raised.value)


def test_lock_file_has_no_registry_and_one_jupyterlab_release() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    assert [name for name, package in lock.items() if "resolved" in package] == []
    core = {name: package for name, package in lock.items() if "node_modules/@jupyterlab/" in name}
    nested = [name for name in core if name.count("node_modules/") > 1]
    assert nested == []
    patches = {package["version"].split(".")[2] for package in core.values()}
    assert len(patches) == 1


@pytest.mark.skipif(not EXTENSION.exists(), reason="the extension is not built")
def test_build_contains_every_part() -> None:
    package = json.loads((EXTENSION / "package.json").read_text())
    parts = package["jupyterlab"]["_build"]
    assert {"load", "extension", "mimeExtension", "style"} <= {*parts}
    assert (EXTENSION / parts["load"]).is_file()
