"""Sessions of a store from elsewhere whose identities are not those of sessions."""

from contextlib import closing
from pathlib import Path

import pytest

from effecttalk_kernel.store import live_sessions
from effecttalk_kernel.store.blocks import BlockFilter, list_blocks, search
from effecttalk_kernel.store.checks import check_store
from effecttalk_kernel.store.database import connect
from effecttalk_kernel.store.errors import SessionNotFoundError
from effecttalk_kernel.store.identities import is_session_identity, session_path
from effecttalk_kernel.store.pagination import SessionQuery, read_session_page
from effecttalk_kernel.store.rows import SessionState
from effecttalk_kernel.store.sessions import find_session, list_sessions, mark_lost
from tests.store.sample_store import fill

OWN, FOREIGN = "aaaaaaaa", "bbbbbbbb"
IDENTITIES = ["/etc", "../live", "..", "x; touch F #", "", "a" * 65, "a\n", "\u0661", "$(id)"]


@pytest.fixture(params=IDENTITIES)
def identity(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def data(tmp_path: Path, identity: str) -> Path:
    """A store with a session whose identity was replaced."""
    fill(tmp_path / "data", {OWN: {1: "word"}, FOREIGN: {1: "word"}})
    with closing(connect(tmp_path / "data")) as connection:
        connection.execute(
            "UPDATE sessions SET id = ?, state = 'live' WHERE id = ?", (identity, FOREIGN)
        )
    return tmp_path / "data"


def test_identities_are_letters_and_digits(identity: str) -> None:
    assert is_session_identity("3f9a2c41b07e")
    assert not is_session_identity(identity)


def test_a_foreign_session_is_not_shown(data: Path, identity: str) -> None:
    with closing(connect(data)) as connection:
        assert [session.id for session in list_sessions(connection)] == [OWN]
        page, total = read_session_page(connection, SessionQuery(states=tuple(SessionState)))
        assert ([session.id for session in page], total) == ([OWN], 1)
        assert [block.session for block in list_blocks(connection, BlockFilter())] == [OWN]
        found = search(connection, "word", BlockFilter())
        assert [hit.block.session for hit in found] == [OWN]
        with pytest.raises(SessionNotFoundError):
            find_session(connection, identity)


def test_the_doctor_counts_foreign_sessions(data: Path) -> None:
    checks = {check.name: check for check in check_store(data)}
    assert not checks["sessions"].is_good
    assert checks["sessions"].text.endswith("could be paths or commands: 1")


def test_a_foreign_identity_is_not_a_path(data: Path, identity: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the identity of a session"):
        session_path(tmp_path, identity)
    with pytest.raises(ValueError, match="not the identity of a session"):
        live_sessions.remove_presence(data, identity)
    with closing(connect(data)) as connection:
        assert mark_lost(connection, data) == []
