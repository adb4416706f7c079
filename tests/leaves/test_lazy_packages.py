"""Importing a submodule without its package, and the package afterwards."""

import subprocess
import sys

import pytest


def python(code: str) -> str:
    """What a fresh interpreter prints for *code*."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout.strip()


LEAN = "import sys; from effecttalk_kernel.lazy_packages import delay_packages\n"


def test_a_submodule_does_not_run_its_package() -> None:
    code = """
delay_packages("jupyter_client")
import jupyter_client.session
print("jupyter_client.manager" in sys.modules, jupyter_client.session.Session.__name__)
"""
    assert python(LEAN + code) == "False Session"


def test_the_package_works_fully_when_it_is_used() -> None:
    code = """
delay_packages("jupyter_client")
from jupyter_client.session import Session
import jupyter_client
print(jupyter_client.KernelManager.__name__, jupyter_client.__version__ != "")
print(jupyter_client.session.Session is Session)
print(jupyter_client.manager.KernelManager is jupyter_client.KernelManager)
"""
    assert python(LEAN + code).split() == ["KernelManager", *["True"] * 3]


def test_packages_within_packages_work_too() -> None:
    code = """
delay_packages("jupyter_client", "ipykernel", "IPython", "IPython.core")
import IPython.core.error
from ipykernel.kernelbase import Kernel
import IPython, IPython.core.interactiveshell, ipykernel
print(IPython.version_info[0] > 0, ipykernel.version_info[0] > 0)
print(IPython.core.interactiveshell.InteractiveShell.__name__)
"""
    assert python(LEAN + code).split() == ["True", "True", "InteractiveShell"]


def test_a_package_that_was_imported_before_is_left_alone() -> None:
    code = """
import json
delay_packages("json")
print(sys.modules["json"] is json, json.dumps(1))
"""
    assert python(LEAN + code).split() == ["True", "1"]


@pytest.mark.parametrize("name", ["no_such_package", "this"])
def test_what_is_no_package_is_left_alone(name: str) -> None:
    assert python(f"{LEAN}\ndelay_packages({name!r}); print({name!r} in sys.modules)") == "False"


def test_an_attribute_that_is_not_there_is_an_attribute_error() -> None:
    code = """
delay_packages("json")
import json
print(hasattr(json, "nosuch"), json.loads("2"))
"""
    assert python(LEAN + code) == "False 2"
