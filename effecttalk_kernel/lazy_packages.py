"""Lazy packages: import a submodule without running the `__init__` of its package.

`import jupyter_client.session` first runs `jupyter_client/__init__.py`, which imports
clients, managers and provisioners; `IPython.core.error` imports the interactive shell of
Python. A kernel needs none of them: they take a quarter of its start-up time and 6 MB. And of what
`jupyter_client.session` imports, it never calls the functions of dateutil, which take 8 %.
"""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType


def delay_unused_packages() -> None:
    """Delay what ipykernel's base class imports, and a kernel does not use."""
    delay_packages("jupyter_client", "ipykernel", "IPython", "IPython.core", "dateutil")
    delay_functions("dateutil.parser", "isoparse", "parse")
    delay_functions("dateutil.tz", "tzlocal", "tzutc")


def delay_functions(name: str, *functions: str) -> None:
    """Run the `__init__` of a package only when one of these functions is first called.

    The functions can be imported at once. Any other attribute runs the `__init__`, too.
    """
    delay_packages(name)
    package = sys.modules.get(name)
    if package is not None and "__getattr__" in vars(package):
        for function in functions:
            setattr(package, function, _delayed_function(package, function))


def delay_packages(*names: str) -> None:
    """Run the `__init__` of these packages only when one of its attributes is first used.

    Their submodules can be imported at once. Packages that are already imported, and modules
    that are not packages, stay as they are.
    """
    for name in names:  # in order: find_spec("a.b") imports a
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
    """Return the module `__getattr__` that runs the real `__init__`."""

    def get_attribute(attribute: str) -> object:
        spec = package.__spec__
        if attribute.startswith("__") or spec is None or spec.loader is None:
            raise AttributeError(attribute)
        del package.__dict__["__getattr__"]
        spec.loader.exec_module(package)
        found: object = getattr(package, attribute)
        return found

    return get_attribute


def _delayed_function(package: ModuleType, name: str) -> Callable[..., object]:
    def call(*arguments: object, **options: object) -> object:
        if vars(package).get(name) is call:
            delattr(package, name)
        return getattr(package, name)(*arguments, **options)

    return call
