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


LEAN = "import sys; from effecttalk_kernel.lean import bare_packages\n"


def test_within_the_context_the_package_itself_is_not_run() -> None:
    code = """
with bare_packages("jupyter_client"):
    import jupyter_client.session
print("jupyter_client.manager" in sys.modules, jupyter_client.session.Session.__name__)
"""
    assert python(LEAN + code) == "False Session"


def test_afterwards_the_package_works_fully() -> None:
    code = """
with bare_packages("jupyter_client"):
    from jupyter_client.session import Session
import jupyter_client
print(jupyter_client.KernelManager.__name__, jupyter_client.__version__ != "")
print(jupyter_client.session.Session is Session, jupyter_client.manager.KernelManager is jupyter_client.KernelManager)
"""
    assert python(LEAN + code).split() == ["KernelManager", *["True"] * 3]


def test_packages_within_packages_work_afterwards_too() -> None:
    code = """
with bare_packages("jupyter_client", "ipykernel", "IPython", "IPython.core"):
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
with bare_packages("json"):
    import json.tool
    print(sys.modules["json"] is json)
print(sys.modules["json"] is json, json.dumps(1))
"""
    assert python(LEAN + code).split() == ["True", "True", "1"]


@pytest.mark.parametrize("name", ["no_such_package", "this"])
def test_what_is_no_package_is_left_alone(name: str) -> None:
    assert (
        python(f"{LEAN}\nwith bare_packages({name!r}): print({name!r} in sys.modules)") == "False"
    )


def test_an_error_within_the_context_leaves_no_bare_package() -> None:
    code = """
try:
    with bare_packages("jupyter_client"):
        raise KeyError
except KeyError:
    print("jupyter_client" in sys.modules)
"""
    assert python(LEAN + code) == "False"
