"""The errors of the store; each message says what happened, where, and what to do."""

from effecttalk_kernel.errors import EffectTalkError


class StoreError(EffectTalkError):
    """Base class of the errors of the store."""


class StoreBusyError(StoreError):
    """Another process is writing to the store."""


class StoreUnusableError(StoreError):
    """The store cannot be read or written: no permission, no space, or no directory."""


class StoreForeignError(StoreError):
    """The file belongs to another program or to a newer EffectTalk; it was not changed."""


class StoreDamagedError(StoreError):
    """The database is damaged."""


class StoreIndexError(StoreError):
    """The search index is damaged; everything else in the store is intact."""


class RecordError(StoreError):
    """Something about a block cannot be stored; the blocks after it are stored."""


class SessionNotFoundError(StoreError):
    """No session has this identity, or several begin with it."""


class BlockNotFoundError(StoreError):
    """There is no such block."""


class SessionLiveError(StoreError):
    """The session is live: it cannot be deleted or replaced."""


class BackupError(StoreError):
    """A backup could not be made, read or restored; nothing was changed."""


class NotebookError(StoreError):
    """The notebook cannot be imported; nothing was stored."""
