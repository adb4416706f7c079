"""Fixtures: a data directory of the test's own."""

from pathlib import Path

import pytest


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "data"
    monkeypatch.setenv("EFFECTTALK_DATA_DIR", str(directory))
    return directory
