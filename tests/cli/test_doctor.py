"""`effecttalk doctor`: the checks of the installation."""

from pathlib import Path

import pytest

from tests.cli.command import Ran, doctor_checks, keep, run


def test_a_good_installation_passes_all_checks(data: Path) -> None:
    keep(data, "aaaa1111", [Ran("ls")])
    done = run("doctor")
    assert done.exit_code == 0, done.stdout
    assert all(line.startswith("ok     ") for line in done.stdout.splitlines())
    assert {"settings", "kernelspec", "shell", "terminals", "data directory"} <= {*doctor_checks()}


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("shell", ["no-such-shell", "dash", "/dev/null"])
def test_an_unusable_shell_fails(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_SHELL", shell)
    done = run("doctor")
    assert done.exit_code == 1
    assert "FAILED shell: " in done.stdout
    assert "EFFECTTALK_SHELL" in doctor_checks()["shell"]["text"]


@pytest.mark.usefixtures("data")
def test_an_old_bash_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "bash"
    old.write_text('#!/bin/sh\nprintf "3.2.57(1)-release"\n')
    old.chmod(0o700)
    monkeypatch.setenv("EFFECTTALK_SHELL", str(old))
    assert "is not bash 4.4 or newer" in doctor_checks()["shell"]["text"]


@pytest.mark.usefixtures("data")
def test_a_missing_kernelspec_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.setattr("jupyter_core.paths.ENV_JUPYTER_PATH", [str(tmp_path)])
    assert not doctor_checks()["kernelspec"]["ok"]


@pytest.mark.usefixtures("data")
def test_a_kernelspec_with_a_missing_python_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "kernels" / "effecttalk" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["/gone/bin/python3.9"]}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert "/gone/bin/python3.9" in doctor_checks()["kernelspec"]["text"]
    spec.write_text("{")
    assert not doctor_checks()["kernelspec"]["ok"]


def test_an_unusable_data_directory_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EFFECTTALK_DATA_DIR", str(tmp_path / "file" / "data"))
    assert not doctor_checks()["data directory"]["ok"]


@pytest.mark.usefixtures("data")
def test_an_invalid_setting_fails_and_other_checks_still_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EFFECTTALK_ROWS", "many")
    found = doctor_checks()
    assert not found["settings"]["ok"]
    assert found["terminals"]["ok"]


def test_the_checks_create_nothing(data: Path) -> None:
    doctor_checks()
    assert not data.exists()
