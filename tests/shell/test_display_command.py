"""The `display` command in real shells: what it sends, and its messages."""

import base64
import os
import re
import subprocess
from pathlib import Path

import pytest

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.content.mime import LARGEST_BYTES, TYPES
from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder
from effecttalk_kernel.output.content.pictures.png import encode
from effecttalk_kernel.output.terminal.escapes import EscapeFilter, PictureData

SCRIPT = Path(__file__).parents[2] / "effecttalk_kernel" / "shell" / "commands" / "display"
TOKEN = "0123abcd"
SHELLS = [["sh"], ["bash", "--posix"]]
PNG = encode([b"\xff\0\0" * 2], 3)
OUTSIDE = "display: no EffectTalk session: run it in a cell\n"


def run(
    *arguments: str | Path,
    shell: list[str] | None = None,
    stdin: bytes = b"",
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    given = {"PATH": os.environ["PATH"], "EFFECTTALK_TOKEN": TOKEN} if env is None else env
    command = [*(shell or []), SCRIPT, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=cwd, env=given)


def said(done: subprocess.CompletedProcess[bytes]) -> tuple[int, str]:
    return done.returncode, done.stderr.decode()


def shown(done: subprocess.CompletedProcess[bytes]) -> list[MimeBundle]:
    """Return what the kernel reads from the command's output."""
    decoder, found = PictureDecoder(TOKEN), []
    for piece in EscapeFilter().feed(done.stdout):
        assert isinstance(piece, PictureData)
        bundle = decoder.feed(piece.kind, piece.data)
        assert bundle is not None
        found.append(bundle)
    return found


def texts(done: subprocess.CompletedProcess[bytes]) -> list[object]:
    return [bundle.data["text/plain"] for bundle in shown(done)]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_picture_is_shown(shell: list[str], tmp_path: Path) -> None:
    (tmp_path / "a b.png").write_bytes(PNG)
    done = run("a b.png", shell=shell, cwd=tmp_path)
    assert said(done) == (0, "")
    (bundle,) = shown(done)
    assert base64.b64decode(str(bundle.data["image/png"])) == PNG


@pytest.mark.parametrize("arguments", [[], ["-"], ["--", "-"]], ids=" ".join)
def test_standard_input_is_shown(arguments: list[str]) -> None:
    done = run(*arguments, stdin=b'{"a": 1}')
    assert said(done) == (0, "")
    assert "application/json" in shown(done)[0].data


@pytest.mark.parametrize("arguments", [["--type", "markdown"], ["--type=text/markdown"]])
def test_the_type_can_be_given(arguments: list[str]) -> None:
    assert "text/markdown" in shown(run(*arguments, stdin=b"# a"))[0].data


@pytest.mark.parametrize("name", ["-a.csv", "ü;:.csv", "line\nline.csv", "%s\\n.csv"])
def test_the_type_is_detected_from_any_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"a,b\n1,2\n")
    done = run("--", name, cwd=tmp_path)
    assert said(done) == (0, "")
    assert "text/html" in shown(done)[0].data


def test_files_are_shown_in_their_order(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text(name)
    assert texts(run("b", "a", "-", "c", cwd=tmp_path, stdin=b"in")) == ["b", "a", "in", "c"]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_file_that_cannot_be_shown_does_not_stop_the_others(
    shell: list[str], tmp_path: Path
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "good").write_text("good")
    done = run("missing", "folder", "empty", "-", "good", shell=shell, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "display: missing: no such file",
        "display: folder: is a directory",
        "display: empty: is empty",
        "display: standard input: is empty",
    ]
    assert texts(done) == ["good"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "secret").touch(mode=0)
    assert said(run("secret", cwd=tmp_path)) == (1, "display: secret: permission denied\n")


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_the_largest_file_is_shown_and_a_larger_one_is_not(shell: list[str]) -> None:
    largest = b"a" * LARGEST_BYTES
    done = run(shell=shell, stdin=largest)
    assert said(done) == (0, "")
    assert texts(done) == [largest.decode()]
    done = run(shell=shell, stdin=largest + b"a")
    assert said(done) == (1, "display: standard input: is larger than 10 MB\n")
    assert done.stdout == b""


def test_an_endless_file_is_refused() -> None:
    assert said(run("/dev/zero")) == (1, "display: /dev/zero: is larger than 10 MB\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--colour"], "unknown option: '--colour'"),
        (["-x", "a"], "unknown option: '-x'"),
        (["--type"], "option --type requires a value"),
        (["--type", "nonsense"], "unknown type: 'nonsense'"),
        (["--type=text/html;name=x", "a"], "unknown type: 'text/html;name=x'"),
        (["--type="], "unknown type: ''"),
    ],
)
def test_a_wrong_call_is_reported(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert said(done) == (2, f"display: {message}\nTry 'display --help' for more information.\n")
    assert done.stdout == b""


@pytest.mark.parametrize("name", TYPES)
def test_each_type_that_the_kernel_knows_can_be_given(name: str) -> None:
    assert said(run("--type", name, stdin=b"a")) == (0, "")


@pytest.mark.parametrize("env", [{}, {"EFFECTTALK_TOKEN": ""}], ids=["unset", "empty"])
def test_outside_a_session_nothing_is_sent(env: dict[str, str]) -> None:
    done = run(stdin=b"a", env=env)
    assert (*said(done), done.stdout) == (1, OUTSIDE, b"")


def test_help_is_available_outside_a_session() -> None:
    done = run("--help", env={})
    assert said(done) == (0, "")
    text = done.stdout.decode()
    assert text.startswith("Usage: display [--type TYPE] [FILE...]\n")
    assert {*re.findall(r"[a-z]+", text)} >= {*TYPES} - {"jpg", "htm", "md", "txt"}


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_the_users_configuration_is_harmless(shell: list[str], tmp_path: Path) -> None:
    for name in ("base64", "head", "printf"):
        (tmp_path / name).write_text("#!/bin/sh\necho wrong\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "startup").write_text("echo wrong\n")
    functions = {
        f"BASH_FUNC_{name}%%": "() { echo wrong; }" for name in ("printf", "[", "base64", "head")
    }
    env = {
        "PATH": str(tmp_path),
        "ENV": str(tmp_path / "startup"),
        "SHELLOPTS": "errexit:nounset:noglob:noclobber",
        "IFS": "05",
        "LC_ALL": "nowhere",
        "CDPATH": "/",
        "status": "7",
        "type": "png",
        "EFFECTTALK_TOKEN": TOKEN,
        **functions,
    }  # fmt: skip
    done = run(shell=["/bin/" + shell[0], *shell[1:]], stdin=b"right", env=env)
    assert done.returncode == 0
    assert texts(done) == ["right"]


def test_it_works_without_a_path() -> None:
    assert texts(run(stdin=b"right", env={"EFFECTTALK_TOKEN": TOKEN})) == ["right"]


def test_it_fails_if_its_output_cannot_be_written() -> None:
    with open("/dev/full", "wb") as full:
        env = {"EFFECTTALK_TOKEN": TOKEN}
        done = subprocess.run([SCRIPT], input=b"a", stdout=full, stderr=subprocess.PIPE, env=env)
    assert done.returncode == 1
