"""The errors that EffectTalk raises, all derived from `EffectTalkError`.

A command that fails is an outcome of its block, not an error of EffectTalk. An error that only
one part of the package raises is defined there.
"""


class EffectTalkError(Exception):
    """Base class of every exception defined in this package; the message is for the user."""


class InternalError(EffectTalkError):
    """EffectTalk has a bug: the user gets a traceback and is asked to report it."""


class SettingsError(EffectTalkError):
    """A setting has an invalid value; the message names the setting and the valid values."""


class ShellError(EffectTalkError):
    """The shell of a session cannot be used."""


class ShellStartError(ShellError):
    """The shell did not start; the message names the shell and the setting to correct."""


class TerminalError(ShellError):
    """A pseudo-terminal or a pipe of the shell cannot be opened."""


class BlockError(EffectTalkError):
    """A block did not run; the session is as it was before."""


class OptionError(EffectTalkError):
    """A block option is unknown or has an invalid value; the block did not run."""


class RefusedError(EffectTalkError):
    """The policy, a limit or the user's answer does not let a block run."""


class CacheError(EffectTalkError):
    """The cache cannot be read, or a block's output cannot be stored in it."""
