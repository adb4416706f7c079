"""Settings: what a user can choose, each with its unit, its range and its default.

Where they stand, and which source wins: configuration.py.
"""

from pathlib import Path
from typing import Final

from platformdirs import user_data_dir
from traitlets import Unicode
from traitlets.config.configurable import Configurable

from effecttalk_kernel.config.traits import (
    Choice,
    Duration,
    Encoding,
    Names,
    Number,
    Patterns,
    Rules,
    Size,
    Switch,
    TerminalType,
    Text,
    Whole,
)

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
# The notebook's path, from Jupyter Server; and that path again for what is started in the
# session's cells, by which a kernel knows that the notebook is not its own.
NOTEBOOK: Final = "JPY_SESSION_NAME"
SESSION_NOTEBOOK: Final = "EFFECTTALK_SESSION_NOTEBOOK"
# A state to begin with, and a notebook's name, are one kernel's, not that of kernels
# started in its cells.
RESUME: Final = "EFFECTTALK_RESUME"
OWN_NOTEBOOK: Final = "EFFECTTALK_NOTEBOOK"
LARGEST_SIZE: Final = 65_535  # struct winsize has 16 bits for each, tty_ioctl(4)
MS: Final = 0.001
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
LONGEST: Final = 36_500 * DAY
KB: Final = 1_000
MB: Final = 1_000_000
GB: Final = 1_000_000_000
TB: Final = 1_000_000_000_000


class Settings(Configurable):
    """Settings of one kernel."""

    shell = Text("bash", help="Name or path of the shell: bash 4.4 or newer.")
    load_rc = Switch(
        True, help="Read /etc/bash.bashrc and ~/.bashrc when a session's first shell starts."
    )
    # nvm, conda and slow home directories take seconds; nobody waits for a minute.
    process_spawn_timeout = Duration(
        10.0,
        min=10 * MS,
        max=HOUR,
        help="Time until a shell that is not ready is replaced by one without rc files.",
    )
    pty_term_type = TerminalType(
        "xterm-256color", help="`TERM` of the session: what programs take its terminals for."
    ).tag(notebook=True)
    # Opening a pair takes 0.1 ms.
    resource_pool_size = Whole(
        1, min=0, max=16, help="Pairs of terminals that are kept ready for the next blocks."
    )
    # Time for a program to tidy up on SIGINT: docker gives 10 s, systemd 90 s,
    # and a person at a stop button about this much.
    interrupt_grace_seconds = Number(
        3.0,
        min=0.01,
        max=HOUR,
        help="Seconds between SIGINT, SIGTERM and SIGKILL for a block that does not stop.",
    ).tag(notebook=True)
    max_process_timeout = Duration(
        0.0,
        or_zero=True,
        min=MS,
        max=LONGEST,
        help="Time after which a block is ended that has no `timeout` of its own; 0: never.",
    ).tag(notebook=True)
    cpu_limit = Duration(
        0.0,
        or_zero=True,
        min=1.0,
        max=LONGEST,
        help="CPU time, in whole seconds, that each process of the session may use; 0: no limit.",
    )
    memory_limit = Size(
        0,
        or_zero=True,
        min=64 * MB,
        max=1_000 * TB,
        help="Bytes of address space that each process of the session may have; 0: no limit.",
    )
    file_size_limit = Size(
        0,
        or_zero=True,
        min=KB,
        max=1_000 * TB,
        help="Bytes that each file may have which a process of the session writes; 0: no limit.",
    )
    error_retry_max_attempts = Whole(
        3, min=1, max=1_000, help="How often a block with `retry` is tried, unless it says so."
    ).tag(notebook=True)
    error_retry_base_delay = Duration(
        0.1, min=MS, max=DAY, help="Pause before the second attempt; it doubles with each."
    ).tag(notebook=True)
    error_retry_max_delay = Duration(
        10.0, min=MS, max=DAY, help="Longest pause between two attempts."
    ).tag(notebook=True)
    headless_policy = Choice(
        ("eof", "fail"),
        "eof",
        help="What a program gets that asks when nobody can answer: end of file, or the block"
        " fails at once.",
    ).tag(notebook=True)
    headless_answers = Text(
        "", help="Lines that are typed when a program asks and nobody can answer, in every block."
    )
    stderr = Choice(
        ("split", "merged"),
        "split",
        help="Whether standard error is told apart from standard output, or both are one stream in"
        " their exact order.",
    ).tag(notebook=True)
    rows = Whole(24, min=1, max=LARGEST_SIZE, help="Rows of the terminals.").tag(notebook=True)
    columns = Whole(80, min=1, max=LARGEST_SIZE, help="Columns of the terminals.").tag(
        notebook=True
    )
    # 1 MB of text blocks JupyterLab's page for half a second; this is half of it.
    inline_head_bytes = Size(
        393_216, min=1, max=GB, help="Bytes of each output stream shown from its beginning."
    ).tag(notebook=True)
    inline_tail_bytes = Size(
        131_072, min=1, max=GB, help="Bytes of each output stream shown from its end."
    ).tag(notebook=True)
    max_block_output_size = Size(
        10 * MB,
        min=1,
        max=10 * GB,
        help="Bytes of text and pictures that one block may put into the notebook in all,"
        " late output included; text has half of it at most.",
    )
    max_session_size = Size(
        100 * MB,
        min=1,
        max=1_000 * TB,
        help="Bytes that a session keeps of blocks that print more than the notebook shows;"
        " the oldest blocks' are removed for new ones.",
    )
    spill_retention = Duration(
        30 * DAY,
        min=MS,
        max=LONGEST,
        help="Time after which what a session kept of large outputs is removed.",
    )
    data_dir = Text(
        "", help="Directory of what is kept; by default the user's, as the system has it."
    )
    keep_sessions = Switch(True, help="Keep every block in the store, for search, undo, restore.")
    power_safe = Switch(
        False, help="Wait for the disk with every block, so that a power failure loses none."
    )
    # Of random hexadecimal digits: with 8, one of 10,000 sessions meets a namesake in a hundred.
    session_id_length = Whole(12, min=8, max=32, help="Characters of a session's identity.")
    resume = Text(
        "",
        help="State that a session begins with: `notebook` for that of the notebook's last"
        " session, or a block's: SESSION, or SESSION-NUMBER.",
    )
    notebook = Text(
        "", help="Path of the notebook that the session runs, where no Jupyter Server tells it."
    )
    # A shell's history is worth an hour of it.
    backup_interval = Duration(
        HOUR, min=1.0, max=LONGEST, help="Time between two backups of the store."
    )
    backup_retention = Duration(
        7 * DAY, min=1.0, max=LONGEST, help="Time after which a backup is removed."
    )
    archive_after = Duration(
        90 * DAY,
        min=1.0,
        max=LONGEST,
        help="Time after which a session that nobody changed is archived.",
    )
    redaction_rules = Rules(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="More rules for secrets that are never kept: names, and patterns as RE2 has them.",
    )
    redaction_off = Names(Unicode(), help="Names of the rules for secrets that do not hold.")
    redact_output = Switch(
        False, help="Mask secrets in what cells show too, not only in what is kept."
    )
    policy_deny = Patterns(
        Unicode(), help="Commands that no block may run, as patterns: `rm -r*`, `git push *`."
    )
    policy_confirm = Patterns(
        Unicode(), help="Commands that run when the user has said yes, as patterns."
    )
    policy_allow = Patterns(
        Unicode(), help="Commands for which `policy_default` does not hold, as patterns."
    )
    policy_default = Choice(
        ("allow", "confirm", "deny"),
        "allow",
        help="What becomes of a command that no pattern of the policy names.",
    )
    read_only = Switch(
        False, help="For demonstrations: run only commands that are known to change nothing."
    )
    headless_confirm = Choice(
        ("refuse", "accept"),
        "refuse",
        help="What becomes of a block that is to be confirmed when nobody can be asked.",
    )
    max_command_length = Size(
        10 * MB, min=1, max=GB, help="Most bytes of one cell's code; a longer one does not run."
    )
    max_concurrent_processes = Whole(
        100,
        min=1,
        max=10_000,
        help="How many blocks of a session may be in the background at one time.",
    )
    max_cache_size = Size(
        100 * MB,
        min=1,
        max=1_000 * TB,
        help="Bytes that the cache of blocks may have; the oldest make room for new.",
    )
    # As Jupyter Server has them: whoever raises them there may raise them here.
    data_rate_limit = Number(
        1e6,
        min=1.0,
        max=1e12,
        help="Bytes of text a second that the server lets through to the browser.",
    )
    message_rate_limit = Number(
        1_000.0,
        min=1.0,
        max=1e9,
        help="Messages a second that the server lets through to the browser.",
    )
    rate_limit_window_seconds = Number(
        3.0, min=0.01, max=HOUR, help="Seconds over which the server averages the two rates."
    )
    encoding = Encoding("utf-8", help="Encoding of what programs print.").tag(notebook=True)
    # 25 messages a second and stream; the server's limit is 1,000.
    flush_interval_seconds = Number(
        0.04,
        min=MS,
        max=60.0,
        help="Shortest time in seconds between two messages of one output stream.",
    ).tag(notebook=True)
    record_volatile = Switch(
        True, help="Keep times, host and process ids in the record of each block."
    ).tag(notebook=True)
    log_level = Choice(
        ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        "WARNING",
        help="What the kernel's log has, on its standard error: this, and what is worse.",
    )
    sanitize_error_messages = Switch(
        True,
        help="Show errors of EffectTalk itself without the traces and paths that only its log has.",
    )

    @property
    def data_directory(self) -> Path:
        """Where sessions, their spills and backups are kept."""
        return Path(self.data_dir or user_data_dir("effecttalk")).expanduser()

    @property
    def notebook_path(self) -> Path | None:
        """The notebook's file, be it there or not; None: no notebook is known."""
        named = Path(self.notebook)
        if not self.notebook or named.is_absolute():
            return named if self.notebook else None
        try:
            here = Path.cwd()
        except FileNotFoundError:  # it is gone
            return None
        # A server may name it from its root; the kernel starts in the notebook's directory.
        folders = named.parent.parts
        is_inside = bool(folders) and here.parts[-len(folders) :] == folders
        is_named_from_root = is_inside and not (here / named).exists()
        return here / (named.name if is_named_from_root else named)
