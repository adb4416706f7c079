"""Place: where what is kept lies, and how one request opens it."""

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

# A person looks at a page meanwhile.
PATIENCE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Context:
    """Where one server finds what is kept; *root* is where its notebooks are."""

    directory: Path
    root: str
    jobs: JobRunner

    @contextmanager
    def open_store(self) -> Iterator[sqlite3.Connection | None]:
        """Give a connection for one request; None: nothing has run yet."""
        with (
            translate_errors(store_path(self.directory)),
            open_existing(self.directory) as connection,
        ):
            if connection is not None:
                connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE_SECONDS * 1000)}")
            yield connection

    @contextmanager
    def open_session(self, identity: str) -> Iterator[tuple[sqlite3.Connection, StoredSession]]:
        """Give a session by its whole identity.

        Raises:
            SessionNotFoundError: there is none.

        """
        with self.open_store() as connection:
            yield self._found(connection, identity)

    @staticmethod
    def _found(
        connection: sqlite3.Connection | None, identity: str
    ) -> tuple[sqlite3.Connection, StoredSession]:
        # Not by its beginning: who deletes here does not see what the command would find.
        with suppress(SessionNotFoundError):
            if connection is not None:
                found = find_session(connection, identity)
                if found.id == identity:
                    return connection, found
        raise SessionNotFoundError(f"there is no session {identity!r}")


def read_context(root: str, jobs: JobRunner) -> Context:
    """Return the place that the settings name, as a kernel started here has them.

    Raises:
        SettingsError: one of them has a value that can't be.

    """
    settings = load_settings(os.environ, has_notebook=False).settings
    return Context(settings.data_directory, root, jobs)
