"""Lean: packages that are imported without what their `__init__` imports.

`import jupyter_client.session` first runs `jupyter_client/__init__.py`, which
imports clients, managers and provisioners; `IPython.core.error` brings the
interactive shell of Python. A kernel needs none of that: it is a quarter of its
start-up time and 6 MB of its memory.
"""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType


def delay_packages(*names: str) -> None:
    """Let the packages run their `__init__` when something of it is first used.

    Their submodules can be imported at once. A package that was imported before
    is left alone, and so is what is none.
    """
    for name in names:  # one by one: looking for a.b imports a
        package = _delayed_package(name)
        if package is not None:
            sys.modules[name] = package
            parent, _, own_name = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], own_name, package)


def _delayed_package(name: str) -> ModuleType | None:
    if name in sys.modules:
        return None
    spec = find_spec(name)
    if spec is None or spec.submodule_search_locations is None or spec.loader is None:
        return None
    package = ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    package.__file__ = spec.origin
    package.__package__ = name
    package.__dict__["__getattr__"] = _initializer(package)  # PEP 562
    return package


def _initializer(package: ModuleType) -> Callable[[str], object]:
    """Return what stands for the attributes that only the real `__init__` makes."""

    def get(attribute: str) -> object:
        spec = package.__spec__
        if attribute.startswith("__") or spec is None or spec.loader is None:
            raise AttributeError(attribute)
        del package.__dict__["__getattr__"]
        spec.loader.exec_module(package)
        found: object = getattr(package, attribute)
        return found

    return get
