"""Which session is recorded, and in which store."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from effecttalk_kernel.bash_quoting import escape_value
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.session.session import SessionOptions

# Shows a message to the user.
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class JournalOptions:
    """One session, its store, and how much of it may be stored.

    The paths of notebook and shell are escaped, as the store has them.
    """

    data_directory: Path
    session: str
    notebook: str
    shell: str
    max_bytes: int
    is_power_safe: bool
    continues: str


def journal_options(settings: Settings, session: SessionOptions) -> JournalOptions:
    """Return the options for the session of this kernel."""
    return JournalOptions(
        data_directory=settings.data_directory,
        session=session.identity,
        notebook=escape_value(str(settings.notebook_path or "")),
        shell=escape_value(session.supervisor.shell.program),
        max_bytes=settings.max_session_size,
        is_power_safe=settings.power_safe,
        continues=session.continues,
    )
