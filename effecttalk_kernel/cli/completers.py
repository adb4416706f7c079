"""Parameter types that complete the names of sessions, blocks, backups and cache entries.

A shell runs the command to complete a word, so a failure must not print anything. Each type imports
what it needs only then.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import sqlite3

# A longer list would not be read; the newest names are the likely ones.
MAX_NAMES: Final = 100
# The shell waits for the answer.
TIMEOUT_SECONDS: Final = 0.5


class SessionName(click.ParamType[str]):
    """The identity of a session, or its first characters."""

    name = "session"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the matching sessions, the last changed first. Called by click."""
        return [
            CompletionItem(name, help=text)
            for name, text in _read_store(_find_sessions, incomplete)
        ]


class BlockName(click.ParamType[str]):
    """The number of a block in this session, or SESSION-NUMBER."""

    name = "block"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the matching blocks, the newest first. Called by click."""
        return [
            CompletionItem(name, help=text) for name, text in _read_store(_find_blocks, incomplete)
        ]


class StateName(click.ParamType[str]):
    """A session, which means its last state, or a block, which means the state after it."""

    name = "state"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the matching sessions, or blocks after a dash. Called by click."""
        names = BLOCK if "-" in incomplete else SESSION
        return names.shell_complete(ctx, param, incomplete)


class JobName(click.ParamType[str]):
    """The number or the name of a block in the background."""

    name = "block"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the matching names and numbers. Called by click."""
        return [CompletionItem(name, help=text) for name, text in _find_jobs(incomplete)]


class BackupName(click.ParamType[str]):
    """The name of a backup, `latest`, or a file."""

    name = "backup"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the matching backups, the newest first. Called by click."""
        from effecttalk_kernel.cli.context import read_settings
        from effecttalk_kernel.store.backup.backups import LATEST, list_backups

        if "/" in incomplete:
            return [CompletionItem(incomplete, type="file")]
        names = [LATEST]
        with suppress(OSError, click.ClickException):
            names += [each.name for each in list_backups(read_settings().data_directory)]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


class EntryName(click.ParamType[str]):
    """The key of a cache entry, or its first characters."""

    name = "entry"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the matching keys, the last used first. Called by click."""
        from effecttalk_kernel.cli.context import read_settings
        from effecttalk_kernel.errors import CacheError
        from effecttalk_kernel.store.cache.cache import Cache

        with suppress(CacheError, OSError, click.ClickException):
            settings = read_settings()
            entries = Cache(settings.data_directory, settings.max_cache_size).list_entries()
            found = [each for each in entries if each.key.startswith(incomplete)][:MAX_NAMES]
            return [CompletionItem(each.key, help=each.block) for each in found]
        return []


SESSION: Final = SessionName()
BLOCK: Final = BlockName()
BACKUP: Final = BackupName()
STATE: Final = StateName()
JOB: Final = JobName()
ENTRY: Final = EntryName()

Names = Sequence[tuple[str, str]]


def _read_store(find: "Callable[[sqlite3.Connection, str], Names]", incomplete: str) -> Names:
    from effecttalk_kernel.cli.context import read_settings
    from effecttalk_kernel.store.database import connect, translate_errors
    from effecttalk_kernel.store.errors import StoreError

    with suppress(StoreError, OSError, UnicodeError, click.ClickException):
        directory = read_settings().data_directory
        connection = connect(directory, timeout_seconds=TIMEOUT_SECONDS, may_create=False)
        try:
            with translate_errors(directory):
                return find(connection, incomplete)
        finally:
            connection.close()
    return []


def _find_sessions(connection: "sqlite3.Connection", incomplete: str) -> Names:
    from effecttalk_kernel.store.sessions import list_sessions

    found = [
        (session.id, session.cwd)
        for session in list_sessions(connection)
        if session.id.startswith(incomplete)
    ]
    return found[:MAX_NAMES]


def _find_blocks(connection: "sqlite3.Connection", incomplete: str) -> Names:
    """Return block numbers of this session, or identities if there are none."""
    from effecttalk_kernel.cli.context import current_session
    from effecttalk_kernel.cli.text_format import escape
    from effecttalk_kernel.store.blocks import BlockFilter, list_blocks
    from effecttalk_kernel.store.errors import SessionNotFoundError

    session, dash, _ = incomplete.partition("-")
    with suppress(SessionNotFoundError):
        if current_session() and not dash:
            session_blocks = list_blocks(
                connection, BlockFilter(session=current_session(), limit=MAX_NAMES)
            )
            numbers = [(str(block.number), escape(block.code)) for block in session_blocks]
            found = [each for each in numbers if each[0].startswith(incomplete)]
            if found:
                return found
        block_filter = BlockFilter(session=session if dash else "", limit=MAX_NAMES)
        blocks = list_blocks(connection, block_filter)
        return [
            (block.identity, escape(block.code))
            for block in blocks
            if block.identity.startswith(incomplete)
        ]
    return []


def _find_jobs(incomplete: str) -> Names:
    """Return the names and numbers of the blocks in the background of this session."""
    from effecttalk_kernel.cli.text_format import escape
    from effecttalk_kernel.config.settings import SOCKET
    from effecttalk_kernel.rpc.client import call
    from effecttalk_kernel.rpc.wire import CallError

    try:
        answer = call(os.environ.get(SOCKET, ""), "jobs", timeout_seconds=TIMEOUT_SECONDS)
    except CallError:
        return []
    jobs = answer.get("jobs")
    names = [
        (name, escape(job["command"]))
        for job in (jobs if isinstance(jobs, list) else ())
        for name in (job["name"], str(job["block"]))
        if name and name.startswith(incomplete)
    ]
    return names[:MAX_NAMES]
