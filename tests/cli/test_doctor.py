"""What the doctor finds."""

from pathlib import Path

import pytest

from tests.cli.command import Ran, checks, keep, run


def test_where_all_is_well_all_is_ok(data: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls")])
    done = run("doctor")
    assert done.exit_code == 0, done.stdout
    assert all(line.startswith("ok    ") for line in done.stdout.splitlines())
    assert {"settings", "kernelspec", "shell", "terminals", "data directory"} <= {*checks()}


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("shell", ["no-such-shell", "dash", "/dev/null"])
def test_a_shell_that_is_none_is_a_fault(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_SHELL", shell)
    done = run("doctor")
    assert done.exit_code == 1
    assert "FAULT shell: " in done.stdout
    assert "EFFECTTALK_SHELL" in checks()["shell"]["text"]


@pytest.mark.usefixtures("data")
def test_an_old_bash_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "bash"
    old.write_text('#!/bin/sh\nprintf "3.2.57(1)-release"\n')
    old.chmod(0o700)
    monkeypatch.setenv("EFFECTTALK_SHELL", str(old))
    assert "is no bash 4.4 or newer" in checks()["shell"]["text"]


@pytest.mark.usefixtures("data")
def test_a_missing_kernelspec_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.setattr("jupyter_core.paths.ENV_JUPYTER_PATH", [str(tmp_path)])
    assert not checks()["kernelspec"]["ok"]


@pytest.mark.usefixtures("data")
def test_a_kernelspec_whose_python_is_gone_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "kernels" / "effecttalk" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["/gone/bin/python3.9"]}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert "/gone/bin/python3.9" in checks()["kernelspec"]["text"]
    spec.write_text("{")
    assert not checks()["kernelspec"]["ok"]


def test_a_directory_that_can_not_be_made_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EFFECTTALK_DATA_DIR", str(tmp_path / "file" / "data"))
    assert not checks()["data directory"]["ok"]


@pytest.mark.usefixtures("data")
def test_a_bad_setting_is_a_fault_and_the_rest_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EFFECTTALK_ROWS", "many")
    found = checks()
    assert not found["settings"]["ok"]
    assert found["terminals"]["ok"]


def test_nothing_is_made_by_looking(data: Path) -> None:
    checks()
    assert not data.exists()
