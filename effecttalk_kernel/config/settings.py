"""The settings of a kernel, each with its type, range, default and help.

`loader.py` reads them from their sources; docs/configuration.md is generated from them.
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
    String,
    Switch,
    TerminalType,
    Whole,
)

PREFIX: Final = "EFFECTTALK_"
# Environment variables of a session. The token proves that content for `display` is its own.
TOKEN: Final = "EFFECTTALK_TOKEN"  # noqa: S105 # a name
# They tell the `effecttalk` command in a cell its session, data directory, Python and modules.
SESSION: Final = "EFFECTTALK_SESSION"
DATA_DIR: Final = "EFFECTTALK_DATA_DIR"
PYTHON: Final = "EFFECTTALK_PYTHON"
PYTHONPATH: Final = "EFFECTTALK_PYTHONPATH"
# The socket by which the command calls the session's kernel.
SOCKET: Final = "EFFECTTALK_SOCKET"
# The notebook's path, from Jupyter Server; and the same path for programs in cells: a kernel that
# is started there knows from it that NOTEBOOK is the notebook of the cell, not its own.
NOTEBOOK: Final = "JPY_SESSION_NAME"
SESSION_NOTEBOOK: Final = "EFFECTTALK_SESSION_NOTEBOOK"
# The state to begin with and the notebook's name hold for one kernel, not for kernels that are
# started in its cells.
RESUME: Final = "EFFECTTALK_RESUME"
OWN_NOTEBOOK: Final = "EFFECTTALK_NOTEBOOK"
MAX_TERMINAL_SIZE: Final = 65_535  # struct winsize has 16 bits for each, tty_ioctl(4)
MS: Final = 0.001
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
MAX_DURATION: Final = 36_500 * DAY
KB: Final = 1_000
MB: Final = 1_000_000
GB: Final = 1_000_000_000
TB: Final = 1_000_000_000_000


class Settings(Configurable):
    """Settings of one kernel."""

    shell = String("bash", help="Name or path of the shell, bash 4.4 or newer.")
    load_rc = Switch(
        True, help="Read /etc/bash.bashrc and ~/.bashrc when the first shell of a session starts."
    )
    # nvm, conda and slow home directories take seconds; a minute would look like a hang.
    process_spawn_timeout = Duration(
        10.0,
        min=10 * MS,
        max=HOUR,
        help="Time after which a shell that is not ready is replaced by one without rc files.",
    )
    pty_term_type = TerminalType("xterm-256color", help="Terminal type, the value of `TERM`.").tag(
        notebook=True
    )
    # Opening a pair takes 0.1 ms.
    resource_pool_size = Whole(
        1,
        min=0,
        max=16,
        help="Number of spare pairs of terminals that are kept open for the next blocks.",
    )
    # Time for a program to clean up on SIGINT: docker gives 10 s, systemd 90 s, and a user who
    # pressed a stop button waits about this long.
    interrupt_grace_seconds = Number(
        3.0,
        min=0.01,
        max=HOUR,
        help="Seconds between SIGINT, SIGTERM and SIGKILL when a block is interrupted.",
    ).tag(notebook=True)
    max_process_timeout = Duration(
        0.0,
        or_zero=True,
        min=MS,
        max=MAX_DURATION,
        help="Time after which a block without the option `timeout` is ended; 0: never.",
    ).tag(notebook=True)
    cpu_limit = Duration(
        0.0,
        or_zero=True,
        min=1.0,
        max=MAX_DURATION,
        help="CPU time that each process of the session may use, in whole seconds; 0: no limit.",
    )
    memory_limit = Size(
        0,
        or_zero=True,
        min=64 * MB,
        max=1_000 * TB,
        help="Address space that each process of the session may use; 0: no limit.",
    )
    file_size_limit = Size(
        0,
        or_zero=True,
        min=KB,
        max=1_000 * TB,
        help="Size of each file that a process of the session may write; 0: no limit.",
    )
    error_retry_max_attempts = Whole(
        3, min=1, max=1_000, help="Number of attempts of a block with `retry` that does not set it."
    ).tag(notebook=True)
    error_retry_base_delay = Duration(
        0.1,
        min=MS,
        max=DAY,
        help="Delay before the second attempt; it doubles with each further attempt.",
    ).tag(notebook=True)
    error_retry_max_delay = Duration(
        10.0, min=MS, max=DAY, help="Longest delay between two attempts."
    ).tag(notebook=True)
    headless_policy = Choice(
        ("eof", "fail"),
        "eof",
        help="What happens when a program waits for input and no front end can answer: it reads end"
        " of file, or the block fails at once.",
    ).tag(notebook=True)
    headless_answers = String(
        "",
        help="Lines that are typed in every block when a program waits for input and no front end"
        " can answer.",
    )
    open_terminal = Switch(
        True, help="Open the terminal of a cell by itself when a full-screen program needs it."
    ).tag(notebook=True)
    # A page is reloaded within seconds; a laptop that wakes up is connected again within this time.
    front_end_timeout = Duration(
        60.0,
        or_zero=True,
        min=10 * MS,
        max=DAY,
        help="Time for which a program waits for a front end that has shown its terminal or its"
        " question and is gone; then the rules of a headless run hold. 0: for ever.",
    ).tag(notebook=True)
    stderr = Choice(
        ("split", "merged"),
        "split",
        help="Show standard error separately from standard output, or both as one stream in their"
        " exact order.",
    ).tag(notebook=True)
    rows = Whole(24, min=1, max=MAX_TERMINAL_SIZE, help="Rows of the terminals.").tag(notebook=True)
    columns = Whole(80, min=1, max=MAX_TERMINAL_SIZE, help="Columns of the terminals.").tag(
        notebook=True
    )
    # 1 MB of text blocks JupyterLab's page for half a second; head and tail are half of that.
    inline_head_bytes = Size(
        393_216,
        min=1,
        max=GB,
        help="Bytes that a cell shows of the beginning of each output stream.",
    ).tag(notebook=True)
    inline_tail_bytes = Size(
        131_072, min=1, max=GB, help="Bytes that a cell shows of the end of each output stream."
    ).tag(notebook=True)
    max_block_output_size = Size(
        10 * MB,
        min=1,
        max=10 * GB,
        help="Total bytes of text and pictures of one block in the notebook, including output after"
        " its end; text can use at most half of it.",
    )
    max_session_size = Size(
        100 * MB,
        min=1,
        max=1_000 * TB,
        help="Total size of the files with full outputs of a session; those of the oldest blocks"
        " are removed for new ones.",
    )
    spill_retention = Duration(
        30 * DAY,
        min=MS,
        max=MAX_DURATION,
        help="Time after which files with full outputs are removed.",
    )
    data_dir = String(
        "",
        help="Directory for sessions, outputs and backups; by default the user's data directory.",
    )
    keep_sessions = Switch(
        True, help="Record every block in the store, for search, undo and restore."
    )
    power_safe = Switch(
        False, help="Sync the store to disk after every block, so that a power failure loses none."
    )
    # Random hexadecimal digits. With 8, the chance that two of 10,000 sessions collide is 1 %.
    session_id_length = Whole(
        12, min=8, max=32, help="Length of a session's identity in characters."
    )
    resume = String(
        "",
        help="State with which the session begins: `notebook` for the last state of the notebook,"
        " SESSION for the last state of a session, or SESSION-NUMBER for that after a block.",
    )
    notebook = String(
        "", help="Path of the notebook of the session, for clients without a Jupyter Server."
    )
    # At most an hour of work is lost with the store.
    backup_interval = Duration(
        HOUR, min=1.0, max=MAX_DURATION, help="Interval of the backups of the store."
    )
    backup_retention = Duration(
        7 * DAY, min=1.0, max=MAX_DURATION, help="Time after which a backup is removed."
    )
    archive_after = Duration(
        90 * DAY,
        min=1.0,
        max=MAX_DURATION,
        help="Time without changes after which a session is archived.",
    )
    redaction_rules = Rules(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Additional rules for secrets to mask: names with patterns in the syntax of RE2.",
    )
    redaction_off = Names(Unicode(), help="Names of built-in rules for secrets to switch off.")
    redact_output = Switch(
        False, help="Mask secrets in the outputs of cells, too, not only in stored data."
    )
    policy_deny = Patterns(
        Unicode(), help="Patterns of commands that no block may run: `rm -r*`, `git push *`."
    )
    policy_confirm = Patterns(
        Unicode(), help="Patterns of commands that run only after the user has confirmed them."
    )
    policy_allow = Patterns(
        Unicode(), help="Patterns of commands that run whatever `policy_default` is."
    )
    policy_default = Choice(
        ("allow", "confirm", "deny"),
        "allow",
        help="What happens to a command that matches no pattern.",
    )
    read_only = Switch(
        False, help="Run only commands that are known to change nothing, for demonstrations."
    )
    headless_confirm = Choice(
        ("refuse", "accept"),
        "refuse",
        help="What happens to a block that needs confirmation when no front end can ask.",
    )
    max_command_length = Size(
        10 * MB, min=1, max=GB, help="Largest code of a cell; a larger cell does not run."
    )
    max_concurrent_processes = Whole(
        100,
        min=1,
        max=10_000,
        help="Number of blocks of a session that may run in the background at the same time.",
    )
    max_cache_size = Size(
        100 * MB,
        min=1,
        max=1_000 * TB,
        help="Size of the cache; the least recently used entries are removed for new ones.",
    )
    # The defaults of Jupyter Server; a user who raises them there can raise them here.
    data_rate_limit = Number(
        1e6,
        min=1.0,
        max=1e12,
        help="Bytes of text per second that the server sends to the browser.",
    )
    message_rate_limit = Number(
        1_000.0,
        min=1.0,
        max=1e9,
        help="Messages per second that the server sends to the browser.",
    )
    rate_limit_window_seconds = Number(
        3.0, min=0.01, max=HOUR, help="Seconds over which the server averages the two rates."
    )
    encoding = Encoding("utf-8", help="Encoding of the output of programs.").tag(notebook=True)
    # 25 messages per second for each stream; the server's limit is 1,000.
    flush_interval_seconds = Number(
        0.04,
        min=MS,
        max=60.0,
        help="Shortest interval in seconds between two messages of one output stream.",
    ).tag(notebook=True)
    record_volatile = Switch(
        True, help="Store times, host and process ids in the record of each block."
    ).tag(notebook=True)
    log_level = Choice(
        ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        "WARNING",
        help="Least severe level of messages in the kernel's log, its standard error.",
    )
    sanitize_error_messages = Switch(
        True,
        help="Show errors of EffectTalk itself without tracebacks and paths, which the log has.",
    )

    @property
    def data_directory(self) -> Path:
        """The directory of the store, the full outputs, the cache and the backups."""
        return Path(self.data_dir or user_data_dir("effecttalk")).expanduser()

    @property
    def notebook_path(self) -> Path | None:
        """The path of the notebook, whether the file exists or not; None if it is unknown."""
        named = Path(self.notebook)
        if not self.notebook or named.is_absolute():
            return named if self.notebook else None
        try:
            here = Path.cwd()
        except FileNotFoundError:  # the directory was removed
            return None
        # Jupyter Server's path may begin at its root, and the kernel starts beside the notebook.
        folders = named.parent.parts
        is_inside = bool(folders) and here.parts[-len(folders) :] == folders
        is_named_from_root = is_inside and not (here / named).exists()
        return here / (named.name if is_named_from_root else named)
