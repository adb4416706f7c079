"""Where settings come from, which source wins, and what a bad value gives."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from effecttalk_kernel.app import KernelApp
from effecttalk_kernel.settings import Settings

ROOT = Path(__file__).parent.parent
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


def test_the_page_of_settings_is_what_the_traits_tell() -> None:
    """When it is not: python scripts/write_configuration.py."""
    script = runpy.run_path(str(ROOT / "scripts" / "write_configuration.py"))
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == script["page"]()


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("30m", 1_800), ("1.5h", 5_400), ("7d", 604_800), (5, 5)]
)
def test_a_duration_is_written_with_its_unit(written: str, seconds: float) -> None:
    assert Settings(backup_interval=written).backup_interval == seconds


@pytest.mark.parametrize("written", ["", "soon", "5 parsecs", "-5s", "0s", "nan"])
def test_what_is_no_duration_is_said(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_BACKUP_INTERVAL", written)
    with pytest.raises(SystemExit, match=r"(?i)backup_interval"):
        read()


@pytest.mark.parametrize("length", ["7", "33", "x"])
def test_the_length_of_identities_has_bounds(length: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_SESSION_ID_LENGTH", length)
    with pytest.raises(SystemExit, match=r"(?i)session_id_length"):
        read()


def test_names_have_commas_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_REDACTION_OFF", "jwt, github")
    monkeypatch.setenv("EFFECTTALK_REDACTION_RULES", "{'ticket': 'T-[0-9]{8}'}")
    settings = read()
    assert settings.redaction_off == ["jwt", "github"]
    assert settings.redaction_rules == {"ticket": "T-[0-9]{8}"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"EFFECTTALK_REDACTION_RULES": "{'ticket': 'T-[0-9'}"},
        {"EFFECTTALK_REDACTION_RULES": "T-[0-9]"},
        {"EFFECTTALK_REDACTION_OFF": "no-such-rule"},
    ],
)
def test_a_rule_that_cannot_be_ends_the_kernel_before_it_starts(wrong: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "effecttalk_kernel"],
        env={**os.environ, **wrong},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert "redaction_" in done.stderr.lower()
    assert "Traceback" not in done.stderr
