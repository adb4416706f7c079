"""Where settings come from, which source wins, and what a bad value gives."""

from pathlib import Path

import pytest

from effecttalk_kernel.app import KernelApp
from effecttalk_kernel.settings import Settings

POSITIVE = [
    "start_timeout_seconds",
    "interrupt_grace_seconds",
    "rows",
    "columns",
    "inline_head_bytes",
    "inline_tail_bytes",
    "flush_interval_seconds",
]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration file that nobody else has, and no settings in the environment."""
    for name in Settings.class_trait_names(config=True):
        monkeypatch.delenv(f"EFFECTTALK_{name.upper()}", raising=False)
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    return tmp_path / "effecttalk_config.py"


def read(*arguments: str) -> Settings:
    return KernelApp().read_settings([*arguments])


@pytest.mark.usefixtures("config")
def test_without_any_source_the_defaults_hold() -> None:
    settings = read()
    assert (settings.shell, settings.load_rc, settings.rows, settings.columns) == (
        "bash",
        True,
        24,
        80,
    )


def test_a_file_wins_over_the_default(config: Path) -> None:
    config.write_text("c.Settings.rows = 30\n")
    assert read().rows == 30


def test_a_json_file_is_read_too(config: Path) -> None:
    config.with_suffix(".json").write_text('{"Settings": {"rows": 31}}')
    assert read().rows == 31


def test_the_environment_wins_over_a_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("c.Settings.rows = 30\n")
    monkeypatch.setenv("EFFECTTALK_ROWS", "40")
    assert read().rows == 40


def test_the_command_line_wins_over_everything(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("c.Settings.rows = 30\n")
    monkeypatch.setenv("EFFECTTALK_ROWS", "40")
    assert read("--Settings.rows=50").rows == 50


def test_sources_do_not_hide_each_others_other_settings(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("c.Settings.rows = 30\n")
    monkeypatch.setenv("EFFECTTALK_COLUMNS", "100")
    settings = read("--Settings.shell=/bin/bash", "-f", "/tmp/connection.json")
    assert (settings.rows, settings.columns, settings.shell) == (30, 100, "/bin/bash")


@pytest.mark.usefixtures("config")
def test_the_connection_file_is_no_setting() -> None:
    assert read("-f", "/tmp/connection.json").rows == 24


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("shell", "/opt/bash", "/opt/bash"),
        ("load_rc", "false", False),
        ("load_rc", "1", True),
        ("record_volatile", "0", False),
        ("start_timeout_seconds", "2.5", 2.5),
        ("flush_interval_seconds", "1", 1.0),
        ("inline_head_bytes", "1000", 1000),
    ],
)
def test_a_variable_is_read_as_its_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(f"EFFECTTALK_{name.upper()}", text)
    assert getattr(read(), name) == value


@pytest.mark.usefixtures("config")
def test_a_variable_that_names_no_setting_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_SESSION", "abc")
    assert read().rows == 24


BAD = [
    *((name, "-1") for name in POSITIVE),
    *((name, "0") for name in POSITIVE),
    *((name, "many") for name in POSITIVE),
    *((name, "") for name in POSITIVE),
    ("flush_interval_seconds", "nan"),
    ("load_rc", "maybe"),
    ("record_volatile", "maybe"),
]


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_bad_variable_ends_the_kernel_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(f"EFFECTTALK_{name.upper()}", text)
    with pytest.raises(SystemExit, match=f"(?i){name}"):
        read()


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(("name", "text"), [case for case in BAD if case[1]])
def test_a_bad_argument_ends_the_kernel_with_its_name(name: str, text: str) -> None:
    with pytest.raises(SystemExit, match=name):
        read(f"--Settings.{name}={text}")


@pytest.mark.parametrize(("name", "text"), [case for case in BAD if case[1]])
def test_a_bad_value_in_a_file_ends_the_kernel_with_its_name(
    config: Path, name: str, text: str
) -> None:
    config.write_text(f"c.Settings.{name} = {text!r}\n")
    with pytest.raises(SystemExit, match=name):
        read()


@pytest.mark.parametrize("name", POSITIVE)
def test_a_number_that_is_not_above_zero_is_refused_in_a_file(config: Path, name: str) -> None:
    config.write_text(f"c.Settings.{name} = 0\n")
    with pytest.raises(SystemExit, match=f"effecttalk: Settings.{name} must be above 0, not 0"):
        read()
