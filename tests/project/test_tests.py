"""The tests themselves: their directories, and what they share."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("*.py"))


def imported_modules(path: Path) -> set[str]:
    """The last parts of all that a file imports: modules, and names in them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_no_test_module_imports_another() -> None:
    """What tests share stands in tests/support, in a conftest.py, or beside them."""
    shared = {
        (str(path.relative_to(TESTS)), name)
        for path in FILES
        for name in imported_modules(path)
        if re.match(r"tests\.(\w+\.)*test_", name)
    }
    assert not shared


def test_only_conftest_and_packages_stand_on_top() -> None:
    files = {path.name for path in TESTS.iterdir() if path.is_file()}
    assert files <= {"__init__.py", "conftest.py"}


def test_every_directory_with_tests_is_a_package() -> None:
    """Files of the same name in two rooms would be the same module otherwise."""
    assert all((path.parent / "__init__.py").exists() for path in FILES)
