"""Error reports: what users read about EffectTalk's own errors, and what the log has.

A user needs to know what happened and what to do. Traces and internal paths are for
developers, and go to the log. An error id connects the two.
"""

import logging
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.output.error_message import error_content

log = logging.getLogger("effecttalk.errors")

UNEXPECTED: Final = "internal error"
# The rest of a path below an internal directory.
REST: Final = r"(?:/[^\s'\"`:;,()]*)?(?![\w.-])"
ID_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class ErrorReporter:
    """Reports errors to the user and to the log; *places* has words for internal directories."""

    sanitizes: bool
    places: Mapping[str, str]

    @classmethod
    def of(cls, runtime_directory: Path, *, sanitizes: bool) -> "ErrorReporter":
        """Return a reporter for the kernel that has this runtime directory."""
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
        """Return the content of an error message about *error* in *block*, and log it if needed."""
        name, text = self.report(error, block)
        lines = [] if self.sanitizes or isinstance(error, EffectTalkError) else _trace(error)
        return error_content(name, text, block=block, lines=lines)

    def report(self, error: Exception, block: int | None = None) -> tuple[str, str]:
        """Return a name and a sentence for *error* in *block*, and log what they leave out."""
        where = "before a block" if block is None else f"in block {block}"
        if isinstance(error, EffectTalkError):
            return type(error).__name__, self._report_known(error, where)
        error_id = secrets.token_hex(ID_BYTES)
        log.error("error.unexpected %s %s", error_id, where, exc_info=error)
        text = type(error).__name__ if self.sanitizes else f"{type(error).__name__}: {error}"
        return UNEXPECTED, (
            f"EffectTalk failed with an internal error, {text}; the session continues: please"
            f" report it {_note(error_id)}"
        )

    def _report_known(self, error: EffectTalkError, where: str) -> str:
        text = str(error)
        sanitized = self._sanitize(text) if self.sanitizes else text
        if sanitized == text:
            return text
        error_id = secrets.token_hex(ID_BYTES)
        log.warning("error.reported %s %s %s: %s", error_id, where, type(error).__name__, text)
        return f"{sanitized} {_note(error_id)}"

    def _sanitize(self, text: str) -> str:
        for path in sorted(self.places, key=len, reverse=True):  # one may contain another
            text = re.sub(re.escape(path) + REST, self.places[path], text)
        return text


def _note(error_id: str) -> str:
    return f"(error id {error_id}: see the kernel's log)"


def _trace(error: Exception) -> list[str]:
    # Imported late: most kernels never need it.
    from traceback import format_exception

    return "".join(format_exception(error)).splitlines()
