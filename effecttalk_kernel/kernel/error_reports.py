"""Faults: what a user is told of the errors of EffectTalk itself, and what its log has of them.

A user needs what happened and what to do; traces and the paths of our own files are for
who looks for a fault. An identity of its own ties what is told to what is logged.
"""

import logging
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from effecttalk_kernel.errors import EffectTalkError, InternalError
from effecttalk_kernel.output import error_message as failure

log = logging.getLogger("effecttalk.faults")

UNEXPECTED: Final = "internal error"
# What may stand in a path behind the directory that is ours.
REST: Final = r"(?:/[^\s'\"`:;,()]*)?(?![\w.-])"
IDENTITY_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Faults:
    """Tells errors to the user and to the log; *places* are words for directories of ours."""

    sanitizes: bool
    places: Mapping[str, str]

    @classmethod
    def of(cls, runtime_directory: Path, *, sanitizes: bool) -> "Faults":
        """Return what tells the errors of the kernel that has this runtime directory."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        places = {
            str(runtime_directory): "<runtime directory>",
            str(Path(__file__).parents[1]): "<EffectTalk>",
            **dict.fromkeys(
                (f"{prefix}/lib/{version}" for prefix in (sys.prefix, sys.base_prefix)), "<Python>"
            ),
        }
        return cls(sanitizes, places)

    def content(self, error: Exception, block: int | None = None) -> dict[str, Any]:
        """Return the content of a message about an *error* in *block*, and log it if need be."""
        name, text = self.told(error, block)
        lines = [] if self.sanitizes or _is_expected(error) else _trace(error)
        return failure.content(name, text, block=block, lines=lines)

    def told(self, error: Exception, block: int | None = None) -> tuple[str, str]:
        """Return the name of an *error* in *block* and a sentence, and log what that leaves out."""
        where = "before a block" if block is None else f"in block {block}"
        if _is_expected(error):
            return type(error).__name__, self._known(error, where)
        identity = secrets.token_hex(IDENTITY_BYTES)
        log.error("fault.met %s %s", identity, where, exc_info=error)
        text = type(error).__name__ if self.sanitizes else f"{type(error).__name__}: {error}"
        return UNEXPECTED, (
            f"EffectTalk failed with an error of its own, {text}; the session lives on: please"
            f" report it {_note(identity)}"
        )

    def _known(self, error: Exception, where: str) -> str:
        text = str(error)
        shown = self._shown(text) if self.sanitizes else text
        if shown == text:
            return text
        identity = secrets.token_hex(IDENTITY_BYTES)
        log.warning("error.told %s %s %s: %s", identity, where, type(error).__name__, text)
        return f"{shown} {_note(identity)}"

    def _shown(self, text: str) -> str:
        for path in sorted(self.places, key=len, reverse=True):  # one may lie in another
            text = re.sub(re.escape(path) + REST, self.places[path], text)
        return text


def _is_expected(error: Exception) -> bool:
    """Whether the message alone tells the user what happened."""
    return isinstance(error, EffectTalkError) and not isinstance(error, InternalError)


def _note(identity: str) -> str:
    return f"(error id {identity}: the kernel's log has more)"


def _trace(error: Exception) -> list[str]:
    # Not above: it is for who looks for a fault.
    from traceback import format_exception

    return "".join(format_exception(error)).splitlines()
