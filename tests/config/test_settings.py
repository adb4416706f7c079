"""The sources of settings, their order, and the messages about invalid values."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from traitlets import Float, Int

from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.config.traits import Ranged
from effecttalk_kernel.kernel.app import KernelApp, new_identity, session_options
from effecttalk_kernel.shell.resource_limits import ResourceLimits

ROOT = Path(__file__).parents[2]
POSITIVE = [
    "process_spawn_timeout",
    "interrupt_grace_seconds",
    "rows",
    "columns",
    "inline_head_bytes",
    "inline_tail_bytes",
    "flush_interval_seconds",
]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of a configuration file; no other source has settings."""
    for name in Settings.class_trait_names(config=True):
        monkeypatch.delenv(f"EFFECTTALK_{name.upper()}", raising=False)
    for name in ("JUPYTER_CONFIG_PATH", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    return tmp_path / "jupyter_effecttalk_config.py"


def exactly(text: str) -> str:
    return f"^{re.escape(text)}$"


def read(*arguments: str) -> Settings:
    return KernelApp().read_settings([*arguments]).settings


@pytest.mark.usefixtures("config")
def test_without_any_source_the_defaults_are_used() -> None:
    settings = read()
    assert (settings.shell, settings.load_rc, settings.rows, settings.columns) == (
        "bash",
        True,
        24,
        80,
    )


def test_a_file_overrides_the_default(config: Path) -> None:
    config.write_text("c.Settings.rows = 30\n")
    assert read().rows == 30


def test_a_json_file_is_read_too(config: Path) -> None:
    config.with_suffix(".json").write_text('{"Settings": {"rows": 31}}')
    assert read().rows == 31


def test_the_environment_overrides_a_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("c.Settings.rows = 30\n")
    monkeypatch.setenv("EFFECTTALK_ROWS", "40")
    assert read().rows == 40


def test_the_command_line_overrides_all_other_sources(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("c.Settings.rows = 30\n")
    monkeypatch.setenv("EFFECTTALK_ROWS", "40")
    assert read("--Settings.rows=50").rows == 50


def test_settings_of_several_sources_are_combined(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("c.Settings.rows = 30\n")
    monkeypatch.setenv("EFFECTTALK_COLUMNS", "100")
    settings = read("--Settings.shell=/bin/bash", "-f", "/tmp/connection.json")
    assert (settings.rows, settings.columns, settings.shell) == (30, 100, "/bin/bash")


@pytest.mark.usefixtures("config")
def test_the_connection_file_is_not_a_setting() -> None:
    assert read("-f", "/tmp/connection.json").rows == 24


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("shell", "/opt/bash", "/opt/bash"),
        ("load_rc", "false", False),
        ("load_rc", "1", True),
        ("record_volatile", "0", False),
        ("process_spawn_timeout", "2.5", 2.5),
        ("flush_interval_seconds", "1", 1.0),
        ("inline_head_bytes", "1000", 1000),
    ],
)
def test_a_variable_sets_its_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(f"EFFECTTALK_{name.upper()}", text)
    assert getattr(read(), name) == value


@pytest.mark.usefixtures("config")
def test_a_variable_of_no_setting_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_SESSION", "abc")
    assert read().rows == 24


INVALID = [
    *((name, "-1") for name in POSITIVE),
    *((name, "0") for name in POSITIVE),
    *((name, "many") for name in POSITIVE),
    *((name, "") for name in POSITIVE),
    ("flush_interval_seconds", "nan"),
    ("load_rc", "maybe"),
    ("record_volatile", "maybe"),
]


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(("name", "text"), INVALID)
def test_an_invalid_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(f"EFFECTTALK_{name.upper()}", text)
    with pytest.raises(SystemExit, match=f"(?i){name}"):
        read()


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(("name", "text"), [case for case in INVALID if case[1]])
def test_an_invalid_argument_is_named(name: str, text: str) -> None:
    with pytest.raises(SystemExit, match=name):
        read(f"--Settings.{name}={text}")


@pytest.mark.parametrize(("name", "text"), [case for case in INVALID if case[1]])
def test_an_invalid_value_in_a_file_is_named(config: Path, name: str, text: str) -> None:
    config.write_text(f"c.Settings.{name} = {text!r}\n")
    with pytest.raises(SystemExit, match=name):
        read()


RANGES = {
    "process_spawn_timeout": "a duration from 10ms to 1h",
    "interrupt_grace_seconds": "a number from 0.01 to 3,600",
    "rows": "a whole number from 1 to 65,535",
    "columns": "a whole number from 1 to 65,535",
    "inline_head_bytes": "a size from 1 to 1GB",
    "inline_tail_bytes": "a size from 1 to 1GB",
    "flush_interval_seconds": "a number from 0.001 to 60",
    "memory_limit": "0, or a size from 64MB to 1000TB",
    "cpu_limit": "0, or a duration from 1s to 36,500d",
    "resource_pool_size": "a whole number from 0 to 16",
    "session_id_length": "a whole number from 8 to 32",
    "log_level": "`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`",
    "load_rc": "`True` or `False`",
    "encoding": "the name of an encoding that Python supports",
    "pty_term_type": "the name of a terminal type: letters, digits and `+._-`",
    "redaction_rules": "a mapping of names to patterns",
}


@pytest.mark.parametrize(("name", "allowed"), RANGES.items())
def test_every_source_has_the_same_message_about_an_invalid_value(
    config: Path, monkeypatch: pytest.MonkeyPatch, name: str, allowed: str
) -> None:
    message = rf": invalid value [\['-]*1(\.0)?[\]']*; it must be {re.escape(allowed)}$"
    with pytest.raises(SystemExit, match=f"^effecttalk: Settings.{name}{message}"):
        read(f"--Settings.{name}=-1")
    config.write_text(f"c.Settings.{name} = '-1'\n")
    with pytest.raises(SystemExit, match=f"^effecttalk: Settings.{name}{message}"):
        read()
    config.unlink()
    variable = f"EFFECTTALK_{name.upper()}"
    monkeypatch.setenv(variable, "-1")
    with pytest.raises(SystemExit, match=f"^effecttalk: {variable}{message}"):
        read()


def test_a_file_that_raises_is_named(config: Path) -> None:
    config.write_text("1 / 0\n")
    with pytest.raises(SystemExit, match=exactly(f"effecttalk: {config}: division by zero")):
        read()


def test_every_setting_allows_its_default() -> None:
    for name, trait in Settings.class_traits(config=True).items():
        Settings(**{name: trait.default()})


def test_every_number_has_a_range_and_every_setting_has_help() -> None:
    for name, trait in Settings.class_traits(config=True).items():
        assert trait.help, name
        assert not isinstance(trait, Int | Float) or isinstance(trait, Ranged), name


@pytest.mark.parametrize(
    ("written", "bytes_"), [("2GB", 2 * 10**9), ("64MiB", 1 << 26), (10**9, 10**9), (1e9, 10**9)]
)
def test_a_size_can_have_a_unit(written: object, bytes_: int) -> None:
    assert Settings(memory_limit=written).memory_limit == bytes_


# Names that users expect; what each setting does is tested elsewhere.
NAMES = {
    "LOG_LEVEL": ("debug", "DEBUG"),
    "DATA_DIR": ("/data", "/data"),
    "BACKUP_INTERVAL": ("2h", 7_200.0),
    "BACKUP_RETENTION": ("2d", 172_800.0),
    "MAX_PROCESS_TIMEOUT": ("5m", 300.0),
    "PROCESS_SPAWN_TIMEOUT": ("20s", 20.0),
    "PTY_TERM_TYPE": ("vt100", "vt100"),
    "MAX_CONCURRENT_PROCESSES": ("7", 7),
    "MAX_BLOCK_OUTPUT_SIZE": ("1MB", 10**6),
    "MAX_SESSION_SIZE": ("1GB", 10**9),
    "RESOURCE_POOL_SIZE": ("3", 3),
    "ERROR_RETRY_MAX_ATTEMPTS": ("5", 5),
    "ERROR_RETRY_BASE_DELAY": ("1s", 1.0),
    "ERROR_RETRY_MAX_DELAY": ("1m", 60.0),
    "SESSION_ID_LENGTH": ("20", 20),
    "SANITIZE_ERROR_MESSAGES": ("0", False),
}


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("name", NAMES)
def test_each_of_these_settings_has_a_variable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    text, value = NAMES[name]
    assert getattr(read(), name.lower()) != value
    monkeypatch.setenv(f"EFFECTTALK_{name}", text)
    assert getattr(read(), name.lower()) == value


def test_settings_reach_the_session(config: Path) -> None:
    given = Settings(
        session_id_length=20,
        process_spawn_timeout="20s",
        pty_term_type="vt100",
        resource_pool_size=3,
        cpu_limit="1m",
        memory_limit="1GB",
        file_size_limit="1MB",
    )
    environment = {"TERM": "dumb", "EFFECTTALK_NOTEBOOK": "a.ipynb"}
    options = session_options(given, environment, new_identity(given), config.parent)
    shell = options.supervisor.shell
    assert len(options.identity) == 20
    assert (options.supervisor.spawn_timeout_seconds, options.spare_terminals) == (20.0, 3)
    assert shell.limits == ResourceLimits(60.0, 10**9, 10**6)
    assert (shell.environment["TERM"], shell.environment.get("EFFECTTALK_NOTEBOOK")) == (
        "vt100",
        None,
    )


def test_the_documentation_is_up_to_date() -> None:
    """Otherwise run: python scripts/write_configuration.py."""
    script = runpy.run_path(str(ROOT / "scripts" / "write_configuration.py"))
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == script["page"]()


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("30m", 1_800), ("1.5h", 5_400), ("7d", 604_800), (5, 5)]
)
def test_a_duration_can_have_a_unit(written: str, seconds: float) -> None:
    assert Settings(backup_interval=written).backup_interval == seconds


@pytest.mark.parametrize("written", ["", "soon", "5 parsecs", "-5s", "0s", "nan"])
def test_an_invalid_duration_is_named(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_BACKUP_INTERVAL", written)
    with pytest.raises(SystemExit, match=r"(?i)backup_interval"):
        read()


@pytest.mark.parametrize("length", ["7", "33", "x"])
def test_the_length_of_identities_is_limited(length: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFECTTALK_SESSION_ID_LENGTH", length)
    with pytest.raises(SystemExit, match=r"(?i)session_id_length"):
        read()


def test_names_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_a_kernel_with_an_invalid_redaction_rule_does_not_start(wrong: dict[str, str]) -> None:
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


def test_a_kernel_with_an_invalid_policy_does_not_start() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "effecttalk_kernel"],
        env={**os.environ, "EFFECTTALK_POLICY_DENY": "ls; rm 'x"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert 'policy_deny: invalid pattern "rm \'x"' in done.stderr
    assert "Traceback" not in done.stderr
