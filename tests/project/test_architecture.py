"""docs/architecture.md against the code: rooms, the walk of one cell, and where things are."""

import ast
import configparser
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "effecttalk_kernel"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
FILE = re.compile(r"`([\w./]+\.(?:py|sh|tsx?))`")


def section(title: str) -> str:
    """The text below a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The rows of the table in *text*, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_drawing_of_rooms_is_the_contract() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = contracts["importlinter:contract:rooms"]["layers"].strip().splitlines()
    drawn = re.search(r"```rooms\n(.*?)```", PAGE, re.DOTALL)
    assert drawn is not None
    assert drawn[1].splitlines() == layers


@pytest.mark.parametrize("room", ROOMS)
def test_the_page_describes_a_room_as_its_docstring_does(room: str) -> None:
    docstring = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text()))
    assert docstring is not None
    assert [f"`{room}/`", docstring.splitlines()[0]] in rows(section("Rooms"))


def test_the_package_root_has_six_modules() -> None:
    assert len([*PACKAGE.glob("*.py")]) <= 6


def test_the_walk_of_a_cell_names_each_file_once() -> None:
    files = FILE.findall(section("One cell, from request to reply"))
    assert len(files) > 15
    assert len(files) == len({*files})
    assert [file for file in files if not (PACKAGE / file).is_file()] == []


@pytest.mark.parametrize("row", rows(section("Where is …")), ids=lambda row: row[0])
def test_a_behaviour_is_where_the_page_says(row: list[str]) -> None:
    _, file, name = (cell.strip("`") for cell in row)
    directory = ROOT if file.startswith("labextension/") else PACKAGE
    assert re.search(rf"\b{re.escape(name)}\b", (directory / file).read_text(encoding="utf-8"))


def test_the_page_finds_at_least_twenty_behaviours() -> None:
    assert len(rows(section("Where is …"))) >= 20
