"""Completing: what Tab offers for sessions, blocks and backups; it fails without a word.

A shell asks by running the command: nothing is imported until then.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import sqlite3

# More would not be read, and the newest are meant.
MOST: Final = 100
# Longer than this the shell does not wait.
PATIENCE_SECONDS: Final = 0.5


class SessionName(click.ParamType[str]):
    """The identity of a session, or its beginning."""

    name = "session"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the sessions that begin so, the last changed first. Called by click."""
        return [CompletionItem(name, help=told) for name, told in _offered(_sessions, incomplete)]


class BlockName(click.ParamType[str]):
    """The number of a block in this session, or SESSION-NUMBER."""

    name = "block"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the blocks that begin so, the newest first. Called by click."""
        return [CompletionItem(name, help=told) for name, told in _offered(_blocks, incomplete)]


class StateName(click.ParamType[str]):
    """A session, for its last state, or a block, for that after it."""

    name = "state"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the sessions, or with a dash the blocks, that begin so. Called by click."""
        kind = BLOCK if "-" in incomplete else SESSION
        return kind.shell_complete(ctx, param, incomplete)


class RunningName(click.ParamType[str]):
    """The number or the name of a block that runs in the background."""

    name = "block"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the names and numbers that begin so. Called by click."""
        return [CompletionItem(name, help=told) for name, told in _running(incomplete)]


class BackupName(click.ParamType[str]):
    """The name of a backup, `latest`, or a file."""

    name = "backup"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the backups that begin so, the newest first. Called by click."""
        from effecttalk_kernel.cli.context import read_settings
        from effecttalk_kernel.store.backup.backups import LATEST, list_backups

        if "/" in incomplete:
            return [CompletionItem(incomplete, type="file")]
        names = [LATEST]
        with suppress(OSError, click.ClickException):
            names += [each.name for each in list_backups(read_settings().data_directory)]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


class EntryName(click.ParamType[str]):
    """The key of an entry of the cache, or its beginning."""

    name = "entry"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the keys that begin so, the last used first. Called by click."""
        from effecttalk_kernel.cli.context import read_settings
        from effecttalk_kernel.errors import CacheError
        from effecttalk_kernel.store.cache.cache import Cache

        with suppress(CacheError, OSError, click.ClickException):
            settings = read_settings()
            entries = Cache(settings.data_directory, settings.max_cache_size).figures()
            found = [each for each in entries if each.key.startswith(incomplete)][:MOST]
            return [CompletionItem(each.key, help=each.block) for each in found]
        return []


SESSION: Final = SessionName()
BLOCK: Final = BlockName()
BACKUP: Final = BackupName()
STATE: Final = StateName()
RUNNING: Final = RunningName()
ENTRY: Final = EntryName()

Offer = Sequence[tuple[str, str]]


def _offered(find: "Callable[[sqlite3.Connection, str], Offer]", incomplete: str) -> Offer:
    from effecttalk_kernel.cli.context import read_settings
    from effecttalk_kernel.store.database import connect, translated
    from effecttalk_kernel.store.errors import StoreError

    with suppress(StoreError, OSError, UnicodeError, click.ClickException):
        directory = read_settings().data_directory
        connection = connect(directory, timeout_seconds=PATIENCE_SECONDS, may_create=False)
        try:
            with translated(directory):
                return find(connection, incomplete)
        finally:
            connection.close()
    return []


def _sessions(connection: "sqlite3.Connection", incomplete: str) -> Offer:
    from effecttalk_kernel.store.sessions import list_sessions

    found = [
        (session.id, session.cwd)
        for session in list_sessions(connection)
        if session.id.startswith(incomplete)
    ]
    return found[:MOST]


def _blocks(connection: "sqlite3.Connection", incomplete: str) -> Offer:
    """Return bare numbers of this session, and identities where a session was begun."""
    from effecttalk_kernel.cli.context import current_session
    from effecttalk_kernel.cli.format import printable
    from effecttalk_kernel.store.blocks import Wanted, list_blocks
    from effecttalk_kernel.store.errors import SessionNotFoundError

    session, dash, _ = incomplete.partition("-")
    with suppress(SessionNotFoundError):
        if current_session() and not dash:
            own = list_blocks(connection, Wanted(session=current_session(), limit=MOST))
            numbers = [(str(block.number), printable(block.code)) for block in own]
            found = [each for each in numbers if each[0].startswith(incomplete)]
            if found:
                return found
        wanted = Wanted(session=session if dash else "", limit=MOST)
        blocks = list_blocks(connection, wanted)
        return [
            (block.identity, printable(block.code))
            for block in blocks
            if block.identity.startswith(incomplete)
        ]
    return []


def _running(incomplete: str) -> Offer:
    """Return the names and the numbers of the blocks that the session's kernel knows to run."""
    from effecttalk_kernel.cli.format import printable
    from effecttalk_kernel.config.settings import SOCKET
    from effecttalk_kernel.rpc.client import call
    from effecttalk_kernel.rpc.wire import CallError

    try:
        answer = call(os.environ.get(SOCKET, ""), "jobs", timeout_seconds=PATIENCE_SECONDS)
    except CallError:
        return []
    jobs = answer.get("jobs")
    names = [
        (name, printable(job["command"]))
        for job in (jobs if isinstance(jobs, list) else ())
        for name in (job["name"], str(job["block"]))
        if name and name.startswith(incomplete)
    ]
    return names[:MOST]
