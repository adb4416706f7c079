"""The pipe between the kernel and a shell, and the files that it hands over in memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from effecttalk_kernel.shell.memory_file import MemoryFile
from effecttalk_kernel.shell.private_pipe import LARGE_BYTES, PrivatePipe
from tests.support.open_files import descriptors


def test_a_pipe_passes_bytes_in_both_directions() -> None:
    before = descriptors()
    pipe = PrivatePipe()
    assert pipe.read() == b""
    with Path(pipe.path).open("ab") as shell:
        shell.write(b"mark")
    assert pipe.read() == b"mark"
    pipe.write(b"go\n")
    with Path(pipe.path).open("rb") as shell:
        assert shell.readline() == b"go\n"
    pipe.close()
    pipe.close()
    assert pipe.read() == b""
    assert descriptors() == before


def test_both_names_are_the_same_pipe() -> None:
    pipe, other = PrivatePipe(), PrivatePipe()
    assert Path(pipe.path).samefile(pipe.writer_path)
    assert not Path(pipe.path).samefile(other.writer_path)
    pipe.close()
    other.close()


def test_a_moved_pipe_keeps_its_bytes_and_its_writer() -> None:
    before = descriptors()
    pipe = PrivatePipe()
    with Path(pipe.path).open("ab", buffering=0) as writer:
        writer.write(b"old ")
        moved = pipe.move()
        writer.write(b"more")
        with Path(pipe.path).open("ab") as other:
            other.write(b"new")
    assert (pipe.read(), moved.read()) == (b"new", b"old more")
    assert Path(pipe.path).samefile(pipe.writer_path)
    assert Path(moved.path).samefile(moved.writer_path)
    assert not any(map(os.get_inheritable, (pipe.descriptor, moved.descriptor)))
    pipe.close()
    moved.close()
    assert descriptors() == before


def test_a_pipe_that_cannot_be_moved_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = PrivatePipe()
    before = descriptors()

    def fail(_descriptor: int) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "dup", fail)
    with pytest.raises(OSError, match="Too many"):
        pipe.move()
    monkeypatch.undo()
    assert descriptors() == before
    pipe.write(b"x")
    assert pipe.read() == b"x"
    pipe.close()


def test_a_large_pipe_holds_a_state_of_a_megabyte() -> None:
    pipe = PrivatePipe(is_large=True)
    descriptor = os.open(pipe.path, os.O_WRONLY | os.O_NONBLOCK)
    assert os.write(descriptor, bytes(LARGE_BYTES)) == LARGE_BYTES
    os.close(descriptor)
    pipe.close()


# A process that makes a pipe, tells its path, and is killed.
KERNEL = """
import os, sys
from effecttalk_kernel.shell.private_pipe import PrivatePipe
pipe = PrivatePipe()
print(pipe.path, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("exec 9>>$1; echo; read -r; printf %200000s x >&9", -13),  # SIGPIPE
        ("exec 9<$1; echo; read -r <&9 || exit 7", 7),  # an end of file
        ("echo; read -r; echo more >>$1", 1),  # no such file
    ],
    ids=["writes", "reads", "opens"],
)
def test_a_shell_does_not_wait_for_a_kernel_that_was_killed(code: str, status: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KERNEL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as kernel:
        assert kernel.stdout is not None
        path = kernel.stdout.readline().strip()
        with subprocess.Popen(
            ["bash", "-c", code, "bash", path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as shell:
            assert shell.stdout is not None
            shell.stdout.readline()
            kernel.kill()
            kernel.wait()
            shell.communicate(b"\n", timeout=20)
            assert shell.returncode == status


def test_a_memory_file_has_the_last_content_only() -> None:
    before = descriptors()
    file = MemoryFile("test")
    for content in (b"a long first one", b"short", b"x" * 100_000):
        file.write(content)
        assert Path(file.path).read_bytes() == content
    file.close()
    file.close()
    assert descriptors() == before
