"""The key of a cached block: every part that affects the output changes it, and nothing else."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from effecttalk_kernel.errors import CacheError
from effecttalk_kernel.store.cache import inputs
from effecttalk_kernel.store.cache.key import compute_key, strip_options

TEXT = st.text(st.characters(codec=None), max_size=20)


@dataclass(frozen=True)
class Parts:
    """What a key is made of, but for files."""

    code: str = ""
    cwd: str = "/"
    shell: str = "bash"
    variables: Mapping[str, str | None] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return compute_key(**{each.name: getattr(self, each.name) for each in fields(self)})


PARTS = st.builds(
    Parts,
    # Lines of options do not count.
    code=TEXT.filter(lambda text: not text.startswith("#|")),
    cwd=TEXT,
    shell=TEXT,
    variables=st.dictionaries(TEXT, st.none() | TEXT, max_size=3),
    options=st.dictionaries(TEXT, st.none() | st.booleans() | TEXT | st.lists(TEXT), max_size=3),
)


@given(PARTS, PARTS, st.sampled_from([each.name for each in fields(Parts)]))
def test_the_key_changes_with_each_part(one: Parts, other: Parts, name: str) -> None:
    assume(getattr(one, name) != getattr(other, name))
    assert one.key != replace(one, **{name: getattr(other, name)}).key


@given(PARTS, PARTS)
def test_keys_are_equal_where_all_parts_are(one: Parts, other: Parts) -> None:
    assert (one.key == other.key) == (one == other)


@given(PARTS)
def test_the_order_of_names_does_not_change_the_key(parts: Parts) -> None:
    turned = replace(
        parts,
        variables=dict(reversed(parts.variables.items())),
        options=dict(reversed(parts.options.items())),
    )
    assert turned.key == parts.key


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("#| cache: true\n#| timeout: 3s\nls", "ls"),
        ("#|cache: true\n\n#| no option\nls", "\n#| no option\nls"),
        ("ls\n#| cache: true", "ls\n#| cache: true"),
        ("#| cache: true", ""),
        ("# a comment\nls", "# a comment\nls"),
    ],
)
def test_options_above_the_code_are_not_commands(code: str, found: str) -> None:
    assert strip_options(code) == found
    assert Parts(code=code).key == Parts(code=found).key


@settings(max_examples=30)
@given(one=st.binary(), other=st.binary())
def test_the_key_depends_on_the_content_of_an_input(
    tmp_path_factory: pytest.TempPathFactory, one: bytes, other: bytes
) -> None:
    directory = tmp_path_factory.mktemp("d")
    path = directory / "data"
    keys = []
    for content in (one, other, one):
        path.write_bytes(content)
        keys.append(key(directory, "data"))
    assert keys[0] == keys[2]
    assert (keys[0] == keys[1]) == (one == other)


def key(directory: Path, *inputs: str) -> str:
    return compute_key(code="cat", cwd=str(directory), shell="bash", inputs=inputs)


def test_a_pattern_counts_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    one, two = tmp_path / "logs" / "1.txt", tmp_path / "logs" / "2.txt"
    one.write_text("a")
    keys = [key(tmp_path, "logs/*.txt")]
    two.write_text("a")
    keys.append(key(tmp_path, "logs/*.txt"))
    two.write_text("b")
    keys.append(key(tmp_path, "logs/*.txt"))
    two.rename(tmp_path / "logs" / "3.txt")
    keys.append(key(tmp_path, "logs/*.txt"))
    assert len({*keys}) == len(keys)
    (tmp_path / "logs" / "4.csv").write_text("a")
    (tmp_path / "logs" / ".5.txt").write_text("a")
    (tmp_path / "logs" / "6.txt").mkdir()
    assert key(tmp_path, "logs/*.txt") == keys[-1]


def test_two_stars_are_all_files_below(tmp_path: Path) -> None:
    deep = tmp_path / "src" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "c").write_text("1")
    before = key(tmp_path, "src/**")
    (deep / "c").write_text("2")
    assert key(tmp_path, "src/**") != before


def test_inputs_count_in_no_order_and_once(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text(name)
    assert key(tmp_path, "a", "b") == key(tmp_path, "b", "a", "a") == key(tmp_path, "?")


def test_a_home_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "data").write_text("1")
    before = key(Path("/"), "~/data")
    (tmp_path / "data").write_text("2")
    assert key(Path("/"), "~/data") != before


def test_a_name_may_look_like_a_pattern_or_be_no_text(tmp_path: Path) -> None:
    for name in ("data[1].csv", os.fsdecode(b"\xff*")):
        (tmp_path / name).write_text("1")
        before = key(tmp_path, name)
        (tmp_path / name).write_text("2")
        assert key(tmp_path, name) != before


def test_a_link_counts_as_its_target(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("1")
    (tmp_path / "link").symlink_to("data")
    before = key(tmp_path, "link")
    (tmp_path / "data").write_text("2")
    assert key(tmp_path, "link") != before


def test_the_key_depends_on_the_outputs_of_needed_blocks(tmp_path: Path) -> None:
    def key_with(**needs: Path) -> str:
        return compute_key(code="ls", cwd="/", shell="bash", needs=needs)

    path = tmp_path / "fetch"
    with pytest.raises(CacheError, match=r"^the output of block 'fetch' does not exist$"):
        key_with(fetch=path)
    path.write_text("1")
    before = key_with(fetch=path)
    assert key_with(other=path) != before
    path.write_text("2")
    assert key_with(fetch=path) != before


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ("none", "input 'none' does not exist"),
        ("file/x", "input 'file/x' does not exist"),
        ("dangling", "input 'dangling' does not exist"),
        ("dir", "input 'dir' is a directory: use 'dir/**' for all files in it"),
        ("dir/", "input 'dir/' is a directory: use 'dir/**' for all files in it"),
        ("*.none", "input '*.none' matches no file"),
        ("dir/**", "input 'dir/**' matches no file"),
        ("a\0b", "input 'a\\x00b' is not a valid file name"),
        ("a\ud800", "input 'a\\ud800' is not a valid file name"),
        ("pipe", "input 'pipe' is not a regular file"),
        ("socket", "input 'socket' cannot be read: No such device or address"),
        ("pip*", "input 'pipe' is not a regular file"),
        ("circle", "input 'circle' cannot be read: Too many levels of symbolic links"),
        ("x" * 300, f"input '{'x' * 300}' cannot be read: File name too long"),
    ],
)
def test_an_unreadable_input_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given_: str, message: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "dir" / "empty").mkdir(parents=True)
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "circle").symlink_to("circle")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(CacheError) as raised:
            key(tmp_path, given_)
    assert str(raised.value) == message


def test_a_pattern_of_everything_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "MAX_FILES", 3)
    for name in "abc":
        (tmp_path / name).write_text(name)
    key(tmp_path, "*")
    (tmp_path / "d").write_text("")
    with pytest.raises(CacheError, match=r"^input '\*' matches more than 3 files$"):
        key(tmp_path, "*")


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    before = len(os.listdir("/proc/self/fd"))
    key(tmp_path, "file")
    with pytest.raises(CacheError):
        key(tmp_path, "pipe")
    assert len(os.listdir("/proc/self/fd")) == before
