"""The data directory of one server, and how a request opens its store."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from effecttalk_kernel.config.loader import load_settings
from effecttalk_kernel.server.jobs import JobRunner
from effecttalk_kernel.store.database import store_path, translate_errors
from effecttalk_kernel.store.errors import SessionNotFoundError
from effecttalk_kernel.store.readonly import open_existing
from effecttalk_kernel.store.rows import StoredSession
from effecttalk_kernel.store.sessions import find_session

# A user waits for the page.
BUSY_TIMEOUT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Context:
    """What the functions of the routes need; *root* is the server's directory of notebooks."""

    directory: Path
    root: str
    jobs: JobRunner

    @contextmanager
    def open_store(self) -> Iterator[sqlite3.Connection | None]:
        """Yield a connection for one request, or None if there is no store yet."""
        with (
            translate_errors(store_path(self.directory)),
            open_existing(self.directory) as connection,
        ):
            if connection is not None:
                connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_SECONDS * 1000)}")
            yield connection

    @contextmanager
    def open_session(self, identity: str) -> Iterator[tuple[sqlite3.Connection, StoredSession]]:
        """Yield the session with exactly this identity, and the connection.

        Raises:
            SessionNotFoundError: there is no such session.

        """
        with self.open_store() as connection:
            yield self._find(connection, identity)

    @staticmethod
    def _find(
        connection: sqlite3.Connection | None, identity: str
    ) -> tuple[sqlite3.Connection, StoredSession]:
        # The command accepts the beginning of an identity; a DELETE by mistake is too easy here.
        with suppress(SessionNotFoundError):
            if connection is not None:
                session = find_session(connection, identity)
                if session.id == identity:
                    return connection, session
        raise SessionNotFoundError(f"there is no session {identity!r}")


def read_context(root: str, jobs: JobRunner) -> Context:
    """Return the context for the settings that a kernel in this environment has.

    Raises:
        SettingsError: a setting has an invalid value.

    """
    settings = load_settings(os.environ, has_notebook=False).settings
    return Context(settings.data_directory, root, jobs)
