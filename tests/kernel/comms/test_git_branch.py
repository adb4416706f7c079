"""The git branch of a directory, compared with git's own answer."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.kernel.comms.location import find_branch

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = shutil.which("git")


def repository(place: Path, head: str = "ref: refs/heads/main\n") -> Path:
    """Make a repository of what the kernel reads of it; return its directory."""
    (place / ".git").mkdir(parents=True)
    (place / ".git" / "HEAD").write_text(head)
    return place


def git(place: Path, *arguments: str) -> str:
    """Return what git prints; skip the test if there is no git."""
    if GIT is None:
        pytest.skip("git is not installed")
    environment = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(place)}
    author = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    allowed = ["-c", "protocol.file.allow=always"]
    done = subprocess.run(
        [GIT, *author, *allowed, *arguments],
        cwd=place,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def make_repository(place: Path) -> Path:
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
    assert find_branch(str(repository(tmp_path / "project", head))) == branch


def test_a_subdirectory_has_the_branch_of_its_repository(tmp_path: Path) -> None:
    deep = repository(tmp_path) / "a" / "b" / "c"
    deep.mkdir(parents=True)
    assert find_branch(str(deep)) == "main"
    assert find_branch(f"{deep}/") == "main"


def test_git_gives_the_same_name(tmp_path: Path) -> None:
    project = make_repository(tmp_path / "project")
    assert find_branch(str(project)) == "main"
    git(project, "checkout", "-q", "-b", "topic/one")
    assert find_branch(str(project)) == git(project, "branch", "--show-current") == "topic/one"
    git(project, "checkout", "-q", "--detach")
    assert find_branch(str(project)) == git(project, "rev-parse", "HEAD")[:7]


def test_a_worktree_has_its_own_branch(tmp_path: Path) -> None:
    project = make_repository(tmp_path / "project")
    git(project, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    (tmp_path / "tree" / "below").mkdir()
    assert find_branch(str(tmp_path / "tree" / "below")) == "other"
    assert find_branch(str(project)) == "main"


def test_a_submodule_has_its_own_branch(tmp_path: Path) -> None:
    part = make_repository(tmp_path / "part")
    git(part, "checkout", "-q", "-b", "part-branch")
    project = make_repository(tmp_path / "project")
    git(project, "submodule", "--quiet", "add", str(part), "part")
    assert (project / "part" / ".git").is_file()
    assert find_branch(str(project / "part")) == "part-branch"
    assert find_branch(str(project)) == "main"


def test_there_is_no_branch_without_a_repository(tmp_path: Path) -> None:
    assert find_branch(str(tmp_path)) == ""
    assert find_branch("/") == ""


@pytest.mark.parametrize("place", ["", "relative", "/no/such/place", "/tmp/\0", "/dev/null"])
def test_an_invalid_directory_has_no_branch(place: str) -> None:
    assert find_branch(place) == ""


def test_a_removed_directory_has_no_branch(tmp_path: Path) -> None:
    repository(tmp_path)
    assert find_branch(str(tmp_path / "gone")) == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_an_unreadable_repository_has_no_branch(tmp_path: Path) -> None:
    project = repository(tmp_path / "project")
    (project / ".git").chmod(0)
    assert find_branch(str(project)) == ""
    (project / ".git").chmod(0o700)
    (project / ".git" / "HEAD").chmod(0)
    assert find_branch(str(project)) == ""


@pytest.mark.parametrize(
    "line", ["gitdir: .git", "gitdir: ./.git/", "gitdir: ..", "gitdir:", "nonsense", ""]
)
def test_a_file_with_an_invalid_git_directory_ends_the_search(tmp_path: Path, line: str) -> None:
    repository(tmp_path)
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / ".git").write_text(line)
    assert find_branch(str(tmp_path / "part")) == ""


def test_symlink_loops_and_fifos_have_no_branch(tmp_path: Path) -> None:
    (tmp_path / ".git").symlink_to(tmp_path / ".git")
    assert find_branch(str(tmp_path)) == ""
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    os.mkfifo(other / ".git" / "HEAD")
    assert find_branch(str(other)) == ""


@given(st.binary(max_size=60))
def test_any_content_of_head_is_safe(tmp_path_factory, data: bytes) -> None:
    place = tmp_path_factory.mktemp("any")
    (place / ".git").mkdir()
    (place / ".git" / "HEAD").write_bytes(data)
    assert find_branch(str(place)).isprintable()


def test_finding_a_branch_is_fast(tmp_path: Path) -> None:
    """It runs after every block; git itself would take a hundred times as long."""
    deep = repository(tmp_path) / "a" / "b" / "c"
    deep.mkdir(parents=True)
    times = []
    for _ in range(200):
        begun = time.process_time()
        find_branch(str(deep))
        times.append(time.process_time() - begun)
    assert sorted(times)[len(times) // 4] < 200e-6
