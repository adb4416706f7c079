"""The private directory of a kernel, and whose directories another kernel removes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from effecttalk_kernel.session.runtime_directory import EMPTY_SECONDS, LOCK, RuntimeDirectory
from tests.support.open_files import descriptors

# A process that makes a directory and waits; it knows nothing of the one that looks for it.
OTHER_KERNEL = """
import sys
from pathlib import Path
from effecttalk_kernel.session.runtime_directory import RuntimeDirectory
directory = RuntimeDirectory(Path(sys.argv[1]))
(directory.path / "named").mkdir()
print(flush=True)
sys.stdin.read()
"""


@contextmanager
def other_kernel(path: Path, *prefix: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [*prefix, sys.executable, "-c", OTHER_KERNEL, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RuntimeDirectory]:
    directory = RuntimeDirectory.create(tmp_path / "runtime", "0123")
    yield directory
    directory.close()


def test_a_directory_is_private_and_named_after_the_session(own: RuntimeDirectory) -> None:
    assert own.path.name == "effecttalk-0123"
    assert own.path.stat().st_mode & 0o777 == 0o700


def test_a_closed_directory_leaves_nothing(tmp_path: Path) -> None:
    before = descriptors()
    directory = RuntimeDirectory.create(tmp_path, "0123")
    (directory.path / "file").touch()
    directory.close()
    directory.close()
    assert [*tmp_path.iterdir()] == []
    assert descriptors() == before


def test_a_directory_that_cannot_be_made_is_made_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runtime").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    directory = RuntimeDirectory.create(tmp_path / "runtime", "0123")
    assert directory.path.parent == tmp_path
    directory.close()


def test_a_directory_that_is_there_is_not_made_anew(own: RuntimeDirectory) -> None:
    (own.path / "file").touch()
    assert not own.restore()
    assert (own.path / "file").exists()


@pytest.mark.parametrize("how", ["wiped", "moved", "with its parent", "without its lock"])
def test_a_directory_that_is_gone_is_made_anew(own: RuntimeDirectory, how: str) -> None:
    before = descriptors()
    match how:
        case "wiped":
            (own.path / LOCK).unlink()
            own.path.rmdir()
        case "moved":
            own.path.rename(own.path.parent / "elsewhere")
        case "with its parent":
            own.path.parent.rename(own.path.parents[1] / "elsewhere")
        case _:
            (own.path / LOCK).unlink()
    assert own.restore()
    assert not own.restore()
    assert own.path.stat().st_mode & 0o777 == 0o700
    assert descriptors() == before


def test_a_directory_that_cannot_be_made_anew_is_an_error_until_it_can(
    own: RuntimeDirectory,
) -> None:
    (own.path / LOCK).unlink()
    own.path.rmdir()
    own.path.touch()
    for _ in range(2):
        with pytest.raises(FileExistsError):
            own.restore()
    own.path.unlink()
    assert own.restore()


def test_a_directory_into_which_others_may_write_is_not_used(own: RuntimeDirectory) -> None:
    (own.path / LOCK).unlink()
    own.path.chmod(0o777)
    with pytest.raises(PermissionError):
        own.restore()


def test_the_directory_of_a_killed_kernel_is_removed(own: RuntimeDirectory) -> None:
    other = own.path.with_name("effecttalk-4567")
    with other_kernel(other) as process:
        own.remove_abandoned()
        assert other.is_dir()
        process.kill()
        process.wait()
    own.remove_abandoned()
    assert [*own.path.parent.iterdir()] == [own.path]


def test_the_directory_of_a_kernel_in_another_container_is_not_removed(
    own: RuntimeDirectory,
) -> None:
    namespace = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")
    if subprocess.run([*namespace, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no process namespaces here")
    other = own.path.with_name("effecttalk-4567")
    with other_kernel(other, *namespace, "--kill-child"):
        own.remove_abandoned()
        assert (other / LOCK).exists()


def test_what_is_not_a_directory_of_a_kernel_is_not_removed(own: RuntimeDirectory) -> None:
    (own.path.with_name("effecttalk-note")).touch()
    (own.path.with_name("kernel-1.json")).touch()
    new, old, full = (own.path.with_name(f"effecttalk-{name}") for name in ("new", "old", "full"))
    for directory in (new, old, full):
        directory.mkdir()
    (full / "file").touch()
    long_ago = old.stat().st_mtime - EMPTY_SECONDS - 1
    os.utime(old, (long_ago, long_ago))
    os.utime(full, (long_ago, long_ago))
    own.remove_abandoned()
    names = {"effecttalk-0123", "effecttalk-note", "kernel-1.json", new.name, full.name}
    assert {path.name for path in own.path.parent.iterdir()} == names
