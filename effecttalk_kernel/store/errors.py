"""Errors: why the store can't do what it was asked; each message says what, where, what to do."""

from effecttalk_kernel.errors import EffectTalkError


class StoreError(EffectTalkError):
    """Base of everything the store raises."""


class StoreBusyError(StoreError):
    """Another process writes just now."""


class StoreUnusableError(StoreError):
    """Nothing can be kept here: no right to write, no room, no directory."""


class StoreForeignError(StoreError):
    """The file is not ours, or of a version that is not known; it was not touched."""


class StoreDamagedError(StoreError):
    """The database is damaged."""


class StoreIndexError(StoreError):
    """The index for searches is damaged; all that was kept is there."""


class SessionNotFoundError(StoreError):
    """There is no such session, or more than one that begins so."""


class BlockNotFoundError(StoreError):
    """There is no such block."""


class SessionLiveError(StoreError):
    """A kernel runs this session: it can't be removed or replaced."""


class BackupError(StoreError):
    """A backup could not be made, read or restored; nothing was changed."""


class NotebookError(StoreError):
    """The notebook can't be imported; nothing was stored."""
