"""Fixture: one kernel for the tests of all options."""

from collections.abc import Iterator

import pytest

from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook


@pytest.fixture(scope="package")
def kernel(template: KernelTemplate) -> Iterator[Notebook]:
    """A kernel that the tests of this package share: none may damage it."""
    with Notebook(template=template) as notebook:
        yield notebook
