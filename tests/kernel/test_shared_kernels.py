"""A kernel that several tests share is replaced after a test that has failed."""

import os
import signal
from types import SimpleNamespace

import pytest

from tests.conftest import HAS_FAILED, pytest_runtest_teardown
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook


def tear_down(*kernels: Notebook, has_failed: bool) -> None:
    """End a test that has used *kernels*."""
    stash = pytest.Stash()
    stash[HAS_FAILED] = has_failed
    funcargs = dict(enumerate(kernels))
    hook = pytest_runtest_teardown(SimpleNamespace(stash=stash, funcargs=funcargs))
    next(hook)
    with pytest.raises(StopIteration):
        next(hook)


@pytest.mark.parametrize("number", [None, signal.SIGSTOP, signal.SIGKILL])
def test_a_kernel_is_replaced_after_a_failure(fresh: Notebook, number: int | None) -> None:
    cell = fresh.send("read answer", allow_stdin=True)
    fresh.wait(lambda: cell.questions, "the question")
    before = fresh.pid
    if number is not None:
        os.kill(before, number)
    tear_down(fresh, has_failed=True)
    assert fresh.pid != before
    assert fresh.run("echo fine").stdout == "fine\n"


def test_a_kernel_stays_after_a_success(fresh: Notebook) -> None:
    before = fresh.pid
    tear_down(fresh, has_failed=False)
    assert fresh.pid == before


def test_a_kernel_that_has_ended_is_not_replaced(template: KernelTemplate) -> None:
    with Notebook(template=template) as notebook:
        pass
    tear_down(notebook, has_failed=True)
    assert not notebook.manager.is_alive()
