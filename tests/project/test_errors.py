"""Every exception class of the package derives from `EffectTalkError`."""

import importlib
import pkgutil
from collections.abc import Iterator

import effecttalk_kernel
from effecttalk_kernel.errors import EffectTalkError


def exception_classes() -> Iterator[type[BaseException]]:
    """Yield the exception classes that the package defines."""
    for found in pkgutil.walk_packages(effecttalk_kernel.__path__, "effecttalk_kernel."):
        if found.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(found.name)).values():
            is_exception = isinstance(value, type) and issubclass(value, BaseException)
            if is_exception and value.__module__ == found.name:
                yield value


def test_every_exception_class_derives_from_the_base_class() -> None:
    classes = [*exception_classes()]
    assert len(classes) > 20
    assert [each for each in classes if not issubclass(each, EffectTalkError)] == []


def test_exceptions_have_different_names() -> None:
    names = [each.__name__ for each in exception_classes()]
    assert len(names) == len({*names})
