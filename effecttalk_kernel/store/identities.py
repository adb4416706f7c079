"""Identities of sessions, which name their files.

A store or a backup from elsewhere can have any text in its place, such as a path.
"""

import re
from pathlib import Path
from typing import Final

SESSION_IDENTITY: Final = re.compile(r"[0-9A-Za-z]{1,64}")
# The same as a condition on rows of the table of sessions.
IS_VALID: Final = "sessions.id NOT GLOB '*[^0-9A-Za-z]*' AND length(sessions.id) BETWEEN 1 AND 64"


def is_session_identity(text: object) -> bool:
    """Return whether *text* has the form of the identity of a session."""
    return isinstance(text, str) and SESSION_IDENTITY.fullmatch(text) is not None


def session_path(directory: Path, session: str) -> Path:
    """Return the path that belongs to a session in *directory*.

    Raises:
        ValueError: *session* is not the identity of a session.

    """
    if not is_session_identity(session):
        raise ValueError(f"not the identity of a session: {session!r}")
    return directory / session
