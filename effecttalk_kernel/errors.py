"""Errors: what can stop EffectTalk itself.

A command that fails is data (an outcome on its block), never one of these.
"""


class EffectTalkError(Exception):
    """Base of everything EffectTalk raises."""


class SettingsError(EffectTalkError):
    """A setting has a value that can't be; the message names it and says what it can be."""


class ShellError(EffectTalkError):
    """The session's shell could not do what it was asked."""


class ShellStartError(ShellError):
    """No shell could be started; the message names the shell and what to set."""


class BlockError(EffectTalkError):
    """A block could not be run; the session is as it was before."""


class TerminalError(EffectTalkError):
    """No pseudo-terminal could be opened."""


class OptionError(EffectTalkError):
    """An option of a cell is unknown or has a value that can't be; its block did not run."""


class RefusedError(EffectTalkError):
    """A block was kept from running by the policy, a limit, or who was to confirm it."""


class CacheError(EffectTalkError):
    """A block can't be looked for in the cache, or not be kept there; it runs as every other."""
