"""Fixture: one kernel for the tests of all options."""

from collections.abc import Iterator

import pytest

from tests.support.notebook import Notebook


@pytest.fixture(scope="package")
def kernel() -> Iterator[Notebook]:
    """A kernel that the tests of this package share: none may damage it."""
    with Notebook() as notebook:
        yield notebook
