"""Fixtures: real kernels, in an environment that does not depend on the user who runs the tests."""

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook

# How long an example takes says nothing on a busy machine. With --long, examples are random.
settings.register_profile("usual", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=300)
settings.load_profile("usual")

# jsonschema, which nbformat imports, imports it for a format that no notebook has. It builds a
# grammar, which takes each process of pytest-xdist a second.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

Start = Callable[..., Notebook]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests of crashes at full size")
    parser.addoption("--bash-tests", metavar="DIR", help="run these tests of GNU bash as cells")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long"):
        settings.load_profile("long")


HAS_FAILED: Final = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether a test has failed."""
    report = yield
    item.stash[HAS_FAILED] = item.stash.get(HAS_FAILED, False) or report.failed
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Replace the kernels that tests share after one that has failed: its cell may still run."""
    kernels = {each for each in getattr(item, "funcargs", {}).values() if type(each) is Notebook}
    yield
    if item.stash.get(HAS_FAILED, False):
        for kernel in kernels:
            if kernel.is_running:
                kernel.replace_kernel()


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, object, object]:
    """Escape what a process of pytest-xdist cannot send: the run would end with an error."""
    return escape_surrogates((yield))


def escape_surrogates(data: object) -> object:
    match data:
        case str():
            return data.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {escape_surrogates(key): escape_surrogates(data[key]) for key in data}
        case list() | tuple():
            return type(data)(escape_surrogates(item) for item in data)
        case _:
            return data


@pytest.fixture(scope="session")
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether the tests of crashes run at full size."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(autouse=True, scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of its own; the kernelspec is found in sys.prefix all the same."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name.startswith(
                (
                    "EFFECTTALK_",
                    "JUPYTER_",
                    "BASH",
                    "PROMPT_COMMAND",
                    "PYTHON",
                    "XDG_",
                    "HIST",
                    "COLUMNS",
                    "LINES",
                )
            ):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.setenv("JUPYTER_RUNTIME_DIR", str(home / "runtime"))
        patch.setenv("JUPYTER_DATA_DIR", str(home / "data"))
        patch.setenv("JUPYTER_CONFIG_DIR", str(home / "config"))
        patch.setenv("IPYTHONDIR", str(home / "ipython"))
        patch.setenv("LC_ALL", "C.UTF-8")
        # Under nohup every process of a test would be one that outlives its session.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        # A run that is terminated takes its servers and its browser down with it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        yield home


@pytest.fixture(scope="session")
def template(surroundings: Path) -> Iterator[KernelTemplate]:
    """What the kernels of most tests are forked from."""
    with KernelTemplate() as template:
        yield template


@pytest.fixture(scope="module")
def kernel(template: KernelTemplate) -> Iterator[Notebook]:
    """A kernel that the tests of a module share: none may damage it."""
    with Notebook(template=template) as notebook:
        yield notebook


@pytest.fixture
def start(template: KernelTemplate) -> Iterator[Start]:
    """Start kernels of the test's own: `start(EFFECTTALK_SHELL="dash")`."""
    with ExitStack() as stack:

        def start_one(**environment: str) -> Notebook:
            return stack.enter_context(Notebook(environment, template=template))

        yield start_one


@pytest.fixture
def fresh(start: Start) -> Notebook:
    """A kernel of the test's own."""
    return start()
