"""Fixtures of the command's tests."""

from pathlib import Path

import pytest


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty data directory, and let the command use it."""
    directory = tmp_path / "data"
    monkeypatch.setenv("EFFECTTALK_DATA_DIR", str(directory))
    return directory
