"""The masker is the only way out of the session: nothing else makes masked texts."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from effecttalk_kernel import masked
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.safety.redaction.redactor import MASK

PACKAGE = Path(__file__).parents[2] / "effecttalk_kernel"
GATE = PACKAGE / "safety" / "masker.py"
TYPES = {name for name in vars(masked) if name.startswith("Masked")}
SECRET = "hunter2hunter2"


def makers(source: str) -> Iterator[int]:
    """Yield the lines where a value gets a masked type: a call of it, or of a function given it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            used = [node.func, *node.args, *(each.value for each in node.keywords)]
            names = {getattr(each, "id", getattr(each, "attr", "")) for each in used}
            # cast("MaskedText", text), cast(list[MaskedText], texts)
            if getattr(node.func, "id", getattr(node.func, "attr", "")) == "cast":
                names |= {name for name in TYPES if name in ast.unparse(node)}
            if names & TYPES:
                yield node.lineno


@pytest.mark.parametrize(
    "source",
    [
        "MaskedText(text)",
        "masked.MaskedBytes(data)",
        "map(MaskedText, texts)",
        "Spill(masker=MaskedBytes)",
        "cast('MaskedText', text)",
        "typing.cast(list[MaskedObject], outputs)",
    ],
)
def test_every_way_to_make_a_masked_text_is_seen(source: str) -> None:
    assert list(makers(source)) == [1]


def test_only_the_masker_makes_masked_texts() -> None:
    files = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert [*makers(files.pop(GATE))]
    assert {str(path): lines for path in files if (lines := [*makers(files[path])])} == {}


@pytest.fixture
def masker() -> Masker:
    return Masker(Settings(), {"API_TOKEN": SECRET, "HOME": f"/home/{SECRET}", "SHELL": "/bin/sh"})


def test_values_of_secret_variables_are_masked(masker: Masker) -> None:
    assert masker.text(f"curl -H {SECRET}") == f"curl -H {MASK}"
    assert masker.environment() == {
        "API_TOKEN": MASK,
        "HOME": f"/home/{MASK}",
        "SHELL": "/bin/sh",
    }


def test_every_text_of_a_json_object_is_masked(masker: Masker) -> None:
    value = {SECRET: [SECRET, {"a": (SECRET, 1, None, True)}]}
    assert masker.json(value) == {MASK: [MASK, {"a": [MASK, 1, None, True]}]}


def test_pictures_are_masked_only_where_they_are_text(masker: Masker) -> None:
    data = {"image/png": SECRET, "image/svg+xml": f"<svg>{SECRET}</svg>"}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    [shown] = masker.outputs([output])
    assert shown["data"] == {"image/png": SECRET, "image/svg+xml": f"<svg>{MASK}</svg>"}


def test_texts_of_a_record_that_come_from_the_user_are_masked(masker: Masker) -> None:
    record = {"command": SECRET, "cwd": {"before": f"/{SECRET}"}, "input": [{"prompt": SECRET}]}
    assert masker.record(record) == {
        "command": MASK,
        "cwd": {"before": f"/{MASK}"},
        "input": [{"prompt": MASK}],
    }


@pytest.mark.parametrize("cut", range(1, len(SECRET)))
def test_a_secret_across_pieces_of_one_stream_is_found(masker: Masker, cut: int) -> None:
    first, rest = SECRET[:cut].encode(), SECRET[cut:].encode()
    pieces = [("stdout", first), ("stderr", b"x"), ("stdout", rest)]
    assert masker.pieces_without_secrets(pieces) is None
    apart = (("stdout", first), ("stderr", rest))
    assert masker.pieces_without_secrets(apart) == apart


def test_lone_halves_of_characters_are_replaced(masker: Masker) -> None:
    assert masker.json({"text": f"a\ud800 {SECRET}"}) == {"text": f"a\ufffd {MASK}"}
