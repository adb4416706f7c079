"""Settings: what a user can choose, each with its unit and its default.

Sources, the later wins: default, `effecttalk_config.py` or `.json` in Jupyter's
config directories, `EFFECTTALK_<NAME>` in the environment, the command line.
"""

import codecs
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from platformdirs import user_data_dir
from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Unicode, validate
from traitlets.config.configurable import Configurable
from traitlets.config.loader import Config

from effecttalk_kernel.durations import seconds_of

PREFIX: Final = "EFFECTTALK_"
# The variable by which the session's `display` command shows whose it is.
TOKEN: Final = "EFFECTTALK_TOKEN"  # noqa: S105 # a name
# By which the `effecttalk` command knows the session that it is used in, where
# that keeps things, and which Python has it.
SESSION: Final = "EFFECTTALK_SESSION"
DATA_DIR: Final = "EFFECTTALK_DATA_DIR"
PYTHON: Final = "EFFECTTALK_PYTHON"
# By which it asks the session's kernel.
SOCKET: Final = "EFFECTTALK_SOCKET"
# The notebook's path, from Jupyter Server.
NOTEBOOK: Final = "JPY_SESSION_NAME"
# A state to begin with is one kernel's, not that of kernels started in its cells.
RESUME: Final = "EFFECTTALK_RESUME"
LARGEST_SIZE: Final = 65_535  # struct winsize has 16 bits for each, tty_ioctl(4)
# Of random hexadecimal digits: with 8, one of 10,000 sessions meets a namesake in a hundred.
SESSION_ID_LENGTHS: Final = range(8, 33)
HOUR: Final = 3_600.0
DAY: Final = 86_400.0


class Duration(Float[float, object]):
    """A time in seconds, also written `90s`, `1.5h`, `7d`."""

    def validate(self, obj: object, value: object) -> float:
        """Take a number or a text."""
        if isinstance(value, str):
            try:
                value = seconds_of(value)
            except ValueError as error:
                raise TraitError(f"{self.name}: {error}") from None
        return super().validate(obj, value)

    def from_string(self, s: str) -> float:
        """Read a value from the environment or the command line."""
        return seconds_of(s)


class Names(List[str]):
    """Names; in the environment and on the command line with commas between them."""

    def from_string(self, s: str) -> list[str]:
        """Read a value from the environment or the command line."""
        return [name for name in s.replace(",", " ").split() if name]


class Settings(Configurable):
    """Settings of one kernel."""

    shell = Unicode("bash", help="Name or path of the shell: bash 4.4 or newer.").tag(config=True)
    load_rc = Bool(
        True, help="Read /etc/bash.bashrc and ~/.bashrc when a session's first shell starts."
    ).tag(config=True)
    # nvm, conda and slow home directories take seconds; nobody waits for a minute.
    start_timeout_seconds = Float(
        10.0, help="Seconds until a shell that is not ready is replaced by one without rc files."
    ).tag(config=True)
    # Time for a program to tidy up on SIGINT: docker gives 10 s, systemd 90 s,
    # and a person at a stop button about this much.
    interrupt_grace_seconds = Float(
        3.0, help="Seconds between SIGINT, SIGTERM and SIGKILL for a block that does not stop."
    ).tag(config=True)
    max_process_timeout = Duration(
        0.0, help="Time after which a block is ended that has no `timeout` of its own; 0: never."
    ).tag(config=True)
    error_retry_max_attempts = Int(
        3, help="How often a block with `retry` is tried, unless it says so itself."
    ).tag(config=True)
    error_retry_base_delay = Duration(
        0.1, help="Pause before the second attempt; it doubles with each."
    ).tag(config=True)
    error_retry_max_delay = Duration(10.0, help="Longest pause between two attempts.").tag(
        config=True
    )
    headless_policy = Enum(
        ("eof", "fail"),
        "eof",
        help="What a program gets that asks when nobody can answer: end of file, or the block"
        " fails at once.",
    ).tag(config=True)
    headless_answers = Unicode(
        "", help="Lines that are typed when a program asks and nobody can answer, in every block."
    ).tag(config=True)
    stderr = Enum(
        ("split", "merged"),
        "split",
        help="Whether standard error is told apart from standard output, or both are one stream in"
        " their exact order.",
    ).tag(config=True)
    rows = Int(24, help="Rows of the terminals.").tag(config=True)
    columns = Int(80, help="Columns of the terminals.").tag(config=True)
    # 1 MB of text blocks JupyterLab's page for half a second; this is half of it.
    inline_head_bytes = Int(
        393_216, help="Bytes of each output stream shown from its beginning."
    ).tag(config=True)
    inline_tail_bytes = Int(131_072, help="Bytes of each output stream shown from its end.").tag(
        config=True
    )
    max_block_output_size = Int(
        10_000_000,
        help="Bytes of text and pictures that one block may put into the notebook in all,"
        " late output included; text has half of it at most.",
    ).tag(config=True)
    max_session_size = Int(
        100_000_000,
        help="Bytes that a session keeps of blocks that print more than the notebook shows;"
        " the oldest blocks' are removed for new ones.",
    ).tag(config=True)
    spill_retention = Duration(
        30 * DAY, help="Time after which what a session kept of large outputs is removed."
    ).tag(config=True)
    data_dir = Unicode(
        "", help="Directory of what is kept; by default the user's, as the system has it."
    ).tag(config=True)
    keep_sessions = Bool(
        True, help="Keep every block in the store, for search, undo and restore."
    ).tag(config=True)
    power_safe = Bool(
        False, help="Wait for the disk with every block, so that a power failure loses none."
    ).tag(config=True)
    session_id_length = Int(12, help="Characters of a session's identity, 8 to 32.").tag(
        config=True
    )
    resume = Unicode(
        "",
        help="State that a session begins with: `notebook` for that of the notebook's last"
        " session, or a block's: SESSION, or SESSION-NUMBER.",
    ).tag(config=True)
    # A shell's history is worth an hour of it.
    backup_interval = Duration(HOUR, help="Time between two backups of the store.").tag(config=True)
    backup_retention = Duration(7 * DAY, help="Time after which a backup is removed.").tag(
        config=True
    )
    archive_after = Duration(
        90 * DAY, help="Time after which a session that nobody changed is archived."
    ).tag(config=True)
    redaction_rules = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="More rules for secrets that are never kept: names, and patterns as RE2 has them.",
    ).tag(config=True)
    redaction_off = Names(Unicode(), help="Names of the rules for secrets that do not hold.").tag(
        config=True
    )
    redact_output = Bool(
        False, help="Mask secrets in what cells show too, not only in what is kept."
    ).tag(config=True)
    # As Jupyter Server has them: whoever raises them there may raise them here.
    data_rate_limit = Float(
        1_000_000.0, help="Bytes of text a second that the server lets through to the browser."
    ).tag(config=True)
    message_rate_limit = Float(
        1_000.0, help="Messages a second that the server lets through to the browser."
    ).tag(config=True)
    rate_limit_window_seconds = Float(
        3.0, help="Seconds over which the server averages the two rates."
    ).tag(config=True)
    encoding = Unicode("utf-8", help="Encoding of what programs print.").tag(config=True)
    # 25 messages a second and stream; the server's limit is 1,000.
    flush_interval_seconds = Float(
        0.04, help="Shortest time in seconds between two messages of one output stream."
    ).tag(config=True)
    record_volatile = Bool(
        True, help="Keep times, host and process ids in the record of each block."
    ).tag(config=True)

    @validate(
        "start_timeout_seconds",
        "interrupt_grace_seconds",
        "rows",
        "columns",
        "inline_head_bytes",
        "inline_tail_bytes",
        "flush_interval_seconds",
        "max_block_output_size",
        "max_session_size",
        "spill_retention",
        "backup_interval",
        "backup_retention",
        "archive_after",
        "error_retry_max_attempts",
        "error_retry_base_delay",
        "error_retry_max_delay",
        "data_rate_limit",
        "message_rate_limit",
        "rate_limit_window_seconds",
    )
    def _positive(self, proposal: Mapping[str, object]) -> object:
        value, trait = proposal["value"], proposal["trait"]
        if not (isinstance(value, int | float) and value > 0):  # nan is not
            raise TraitError(f"Settings.{getattr(trait, 'name', '')} must be above 0, not {value}")
        if getattr(trait, "name", "") in {"rows", "columns"} and value > LARGEST_SIZE:
            raise TraitError(
                f"Settings.{getattr(trait, 'name', '')} must be at most {LARGEST_SIZE}"
            )
        return value

    @validate("max_process_timeout")
    def _not_negative(self, proposal: Mapping[str, object]) -> object:
        value = proposal["value"]
        if not (isinstance(value, float) and value >= 0):  # nan is not
            raise TraitError(f"Settings.max_process_timeout must be 0 or above, not {value}")
        return value

    @validate("session_id_length")
    def _length(self, proposal: Mapping[str, object]) -> object:
        if proposal["value"] not in SESSION_ID_LENGTHS:
            raise TraitError(
                f"Settings.session_id_length must be from {SESSION_ID_LENGTHS[0]} to"
                f" {SESSION_ID_LENGTHS[-1]}, not {proposal['value']}"
            )
        return proposal["value"]

    @property
    def data_directory(self) -> Path:
        """Where sessions, their spills and backups are kept."""
        return Path(self.data_dir or user_data_dir("effecttalk")).expanduser()

    @validate("encoding")
    def _known(self, proposal: Mapping[str, object]) -> object:
        try:
            codecs.lookup(str(proposal["value"]))
        except LookupError as error:
            raise TraitError(f"Settings.encoding can't be {proposal['value']!r}: {error}") from None
        return proposal["value"]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Config:
        """Return the settings that *environment* names, as configuration."""
        config = Config()
        for name in cls.class_trait_names(config=True):
            value = environment.get(PREFIX + name.upper())
            if value is not None:
                config.Settings[name] = cls._from_string(name, value)
        return config

    @classmethod
    def _from_string(cls, name: str, value: str) -> object:
        try:
            return cls.class_traits()[name].from_string(value)
        except (ValueError, TraitError) as error:
            raise TraitError(f"{PREFIX}{name.upper()} can't be {value!r}: {error}") from None
