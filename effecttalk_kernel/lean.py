"""Lean: packages whose submodules are imported without the rest of them.

`import jupyter_client.session` first runs `jupyter_client/__init__.py`, which
imports clients, managers and provisioners; `IPython.core.error` brings the
interactive shell of Python. A kernel needs none of that: it is a quarter of its
start-up time and 6 MB of its memory.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType


@contextmanager
def bare_packages(*names: str) -> Iterator[None]:
    """Within the context, importing a submodule of *names* does not run their `__init__`.

    Afterwards the packages can be imported as ever. One that was imported
    before, or has no folder, is left alone.
    """
    bare: list[str] = []
    for name in names:  # one by one: looking for a.b imports a
        package = _bare_package(name)
        if package is not None:
            sys.modules[name] = package
            bare.append(name)
    try:
        yield
    finally:
        for name in bare:
            del sys.modules[name]


def _bare_package(name: str) -> ModuleType | None:
    if name in sys.modules:
        return None
    spec = find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        return None
    package = ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    return package
