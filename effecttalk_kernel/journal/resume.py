"""Resume: adapts a state in the store, so that this session can begin with it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from effecttalk_kernel.bash_quoting import escape_value, unescape_value
from effecttalk_kernel.config.settings import PREFIX, Settings
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.safety.redaction.redactor import MASK
from effecttalk_kernel.shell.dialects.bash import Parts, unassignable_variables
from effecttalk_kernel.shell.dialects.bash_parser import read_snapshot, with_exports
from effecttalk_kernel.store.blocks import BLOCK_NAME
from effecttalk_kernel.store.database import open_store
from effecttalk_kernel.store.errors import BlockNotFoundError, SessionNotFoundError
from effecttalk_kernel.store.rows import StoredSession
from effecttalk_kernel.store.sessions import find_last_session, find_session, read_environment
from effecttalk_kernel.store.shell_states import StoredState, find_state, list_state_numbers

# The setting that means the notebook's last session.
LAST_OF_NOTEBOOK: Final = "notebook"
# Variables of the login, not of the session's work: set by `ssh -X`, agents and desktops.
LOGIN_VARIABLES: Final = (
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "SSH_AGENT_PID",
    "SSH_AUTH_SOCK",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
)


@dataclass(frozen=True, slots=True)
class ResumedState:
    """A state to begin with: the block after which it was, its parts, and what it lacks.

    *unassignable* has the variables of its environment that bash cannot assign: no script has them.
    """

    block: str
    parts: Parts
    jobs: tuple[str, ...]
    unknown: tuple[str, ...]
    unassignable: Mapping[str, str]

    def describe_losses(self) -> list[str]:
        """Return what cannot be restored, in sentences."""
        found = []
        if self.jobs:
            found.append(f"these jobs were running and are not restored: {', '.join(self.jobs)}")
        if self.unknown:
            found.append(
                f"secrets are not stored, so set these variables again: {', '.join(self.unknown)}"
            )
        return found


def find_resumed_state(
    settings: Settings, masker: Masker, environment: Mapping[str, str]
) -> ResumedState | None:
    """Return the state with which the session begins by the settings; None for a new one.

    Raises:
        StoreError: the state does not exist, or cannot be read.

    """
    with open_store(settings.data_directory, may_create=True) as connection:
        if settings.resume == LAST_OF_NOTEBOOK:
            return load_last_state(
                connection, escape_value(str(settings.notebook_path or "")), masker, environment
            )
        return load_state(connection, settings.resume, masker, environment)


def load_state(
    connection: sqlite3.Connection,
    state_name: str,
    masker: Masker,
    environment: Mapping[str, str],
) -> ResumedState:
    """Return the state that *state_name* names (SESSION, SESSION-NUMBER), adapted to this session.

    *environment* is the environment of this session; variables of its login and of EffectTalk keep
    their values.

    Raises:
        SessionNotFoundError: there is no such session.
        BlockNotFoundError: its state is not stored.

    """
    name, _, number = state_name.partition("-")
    if BLOCK_NAME.fullmatch(state_name if number else f"{state_name}-0") is None:
        raise SessionNotFoundError(f"{state_name!r} is neither SESSION nor SESSION-NUMBER")
    session = find_session(connection, name)
    state = find_state(connection, session.id, int(number) if number else None)
    if state is None:
        raise BlockNotFoundError(_describe_missing_state(connection, session.id, number))
    return _adapt_state(connection, session, state, masker, environment)


def load_last_state(
    connection: sqlite3.Connection, notebook: str, masker: Masker, environment: Mapping[str, str]
) -> ResumedState | None:
    """Return the last state of the previous session of *notebook*, if any."""
    session = find_last_session(connection, notebook) if notebook else None
    state = find_state(connection, session.id) if session else None
    return (
        None
        if session is None or state is None
        else _adapt_state(connection, session, state, masker, environment)
    )


def _adapt_state(
    connection: sqlite3.Connection,
    session: StoredSession,
    state: StoredState,
    masker: Masker,
    environment: Mapping[str, str],
) -> ResumedState:
    unsealed = [masker.unseal(part, environment) for part in state.parts]
    unknown = {name for _, names in unsealed for name in names}
    variables, functions, options = read_snapshot(b"".join(script for script, _ in unsealed)).parts
    kept_variables = {
        name: environment[name]
        for name in environment
        if name.startswith(PREFIX) or name in LOGIN_VARIABLES
    }
    return ResumedState(
        block=f"{session.id}-{state.number}",
        parts=(with_exports(variables, kept_variables), functions, options),
        jobs=state.jobs,
        unknown=tuple(sorted(unknown - kept_variables.keys())),
        unassignable=_read_unassignable(connection, session),
    )


def _read_unassignable(connection: sqlite3.Connection, session: StoredSession) -> dict[str, str]:
    """Return the variables without secrets that a session began with and bash cannot assign."""
    found = {
        unescape_value(name): unescape_value(value)
        for name, value in read_environment(connection, session).items()
        if MASK not in value
    }
    return unassignable_variables(found)


def _describe_missing_state(connection: sqlite3.Connection, session: str, number: str) -> str:
    numbers = list_state_numbers(connection, session)
    if not numbers:
        return f"no state of session {session} is stored"
    known = f"{numbers[0]} to {numbers[-1]}"
    return f"the state after block {number} of session {session} is not stored; stored: {known}"
