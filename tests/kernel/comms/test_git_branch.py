"""The branch around a directory, as git itself would name it."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.kernel.comms.git_branch import branch_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = shutil.which("git")


def repository(place: Path, head: str = "ref: refs/heads/main\n") -> Path:
    """Return a directory that git would take for a repository's, as far as it is read here."""
    (place / ".git").mkdir(parents=True)
    (place / ".git" / "HEAD").write_text(head)
    return place


def git(place: Path, *arguments: str) -> str:
    """What git prints; a test that needs it is skipped without it."""
    if GIT is None:
        pytest.skip("no git here")
    own = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(place)}
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    allowed = ["-c", "protocol.file.allow=always"]
    done = subprocess.run(
        [GIT, *who, *allowed, *arguments],
        cwd=place,
        env={"PATH": os.environ["PATH"], **own},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def committed(place: Path) -> Path:
    place.mkdir()
    git(place, "init", "-q")
    git(place, "checkout", "-q", "-b", "main")
    git(place, "commit", "-q", "--allow-empty", "-m", "first")
    return place


@pytest.mark.parametrize(
    ("head", "branch"),
    [
        ("ref: refs/heads/main\n", "main"),
        ("ref: refs/heads/feature/größe", "feature/größe"),
        ("ref: refs/remotes/origin/main\n", "remotes/origin/main"),
        (f"{COMMIT}\n", "0123456"),
        (f"{COMMIT}{COMMIT[:24]}\n", "0123456"),
        ("ref: refs/heads/.invalid\n", ""),
        ("ref: refs/heads/\x1b[31mred\n", ""),
        ("ref: ", ""),
        ("", ""),
        ("nonsense\n", ""),
    ],
)
def test_head_names_a_branch_or_a_commit(tmp_path: Path, head: str, branch: str) -> None:
    assert branch_of(str(repository(tmp_path / "project", head))) == branch


def test_it_is_found_from_below(tmp_path: Path) -> None:
    deep = repository(tmp_path) / "a" / "b" / "c"
    deep.mkdir(parents=True)
    assert branch_of(str(deep)) == "main"
    assert branch_of(f"{deep}/") == "main"


def test_git_names_the_same(tmp_path: Path) -> None:
    project = committed(tmp_path / "project")
    assert branch_of(str(project)) == "main"
    git(project, "checkout", "-q", "-b", "topic/one")
    assert branch_of(str(project)) == git(project, "branch", "--show-current") == "topic/one"
    git(project, "checkout", "-q", "--detach")
    assert branch_of(str(project)) == git(project, "rev-parse", "HEAD")[:7]


def test_a_worktree_has_its_own(tmp_path: Path) -> None:
    project = committed(tmp_path / "project")
    git(project, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    (tmp_path / "tree" / "below").mkdir()
    assert branch_of(str(tmp_path / "tree" / "below")) == "other"
    assert branch_of(str(project)) == "main"


def test_a_submodule_has_its_own(tmp_path: Path) -> None:
    part = committed(tmp_path / "part")
    git(part, "checkout", "-q", "-b", "part-branch")
    project = committed(tmp_path / "project")
    git(project, "submodule", "--quiet", "add", str(part), "part")
    assert (project / "part" / ".git").is_file()
    assert branch_of(str(project / "part")) == "part-branch"
    assert branch_of(str(project)) == "main"


def test_there_is_none_without_a_repository(tmp_path: Path) -> None:
    assert branch_of(str(tmp_path)) == ""
    assert branch_of("/") == ""


@pytest.mark.parametrize("place", ["", "relative", "/no/such/place", "/tmp/\0", "/dev/null"])
def test_there_is_none_where_no_directory_is(place: str) -> None:
    assert branch_of(place) == ""


def test_a_directory_that_is_gone_has_none(tmp_path: Path) -> None:
    repository(tmp_path)
    assert branch_of(str(tmp_path / "gone")) == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_can_not_be_read_has_none(tmp_path: Path) -> None:
    project = repository(tmp_path / "project")
    (project / ".git").chmod(0)
    assert branch_of(str(project)) == ""
    (project / ".git").chmod(0o700)
    (project / ".git" / "HEAD").chmod(0)
    assert branch_of(str(project)) == ""


@pytest.mark.parametrize(
    "line", ["gitdir: .git", "gitdir: ./.git/", "gitdir: ..", "gitdir:", "nonsense", ""]
)
def test_what_says_that_it_is_elsewhere_ends_there(tmp_path: Path, line: str) -> None:
    repository(tmp_path)
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / ".git").write_text(line)
    assert branch_of(str(tmp_path / "part")) == ""


def test_loops_and_what_would_wait_have_none(tmp_path: Path) -> None:
    (tmp_path / ".git").symlink_to(tmp_path / ".git")
    assert branch_of(str(tmp_path)) == ""
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    os.mkfifo(other / ".git" / "HEAD")
    assert branch_of(str(other)) == ""


@given(st.binary(max_size=60))
def test_whatever_stands_in_head_is_no_harm(tmp_path_factory, data: bytes) -> None:
    place = tmp_path_factory.mktemp("any")
    (place / ".git").mkdir()
    (place / ".git" / "HEAD").write_bytes(data)
    assert branch_of(str(place)).isprintable()


def test_it_is_cheap(tmp_path: Path) -> None:
    """It is done after every block; git itself would take a hundred times as long."""
    deep = repository(tmp_path) / "a" / "b" / "c"
    deep.mkdir(parents=True)
    times = []
    for _ in range(200):
        begun = time.perf_counter()
        branch_of(str(deep))
        times.append(time.perf_counter() - begun)
    assert sorted(times)[len(times) // 4] < 200e-6
