"""Importing a submodule without its package, and the package afterwards."""

import subprocess
import sys

import pytest


def python(code: str) -> str:
    """Return what a new interpreter prints for *code*."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout.strip()


LEAN = "import sys; from effecttalk_kernel.lazy_packages import *\n"


def test_a_submodule_does_not_run_its_package() -> None:
    code = """
delay_packages("jupyter_client")
import jupyter_client.session
print("jupyter_client.manager" in sys.modules, jupyter_client.session.Session.__name__)
"""
    assert python(LEAN + code) == "False Session"


def test_the_package_is_complete_when_it_is_used() -> None:
    code = """
delay_packages("jupyter_client")
from jupyter_client.session import Session
import jupyter_client
print(jupyter_client.KernelManager.__name__, jupyter_client.__version__ != "")
print(jupyter_client.session.Session is Session)
print(jupyter_client.manager.KernelManager is jupyter_client.KernelManager)
"""
    assert python(LEAN + code).split() == ["KernelManager", *["True"] * 3]


def test_packages_in_packages_work() -> None:
    code = """
delay_packages("jupyter_client", "ipykernel", "IPython", "IPython.core")
import IPython.core.error
from ipykernel.kernelbase import Kernel
import IPython, IPython.core.interactiveshell, ipykernel
print(IPython.version_info[0] > 0, ipykernel.version_info[0] > 0)
print(IPython.core.interactiveshell.InteractiveShell.__name__)
"""
    assert python(LEAN + code).split() == ["True", "True", "InteractiveShell"]


def test_a_function_runs_its_package_when_it_is_called() -> None:
    code = """
delay_functions("json", "loads", "dumps")
from json import dumps, loads
print("json.decoder" in sys.modules, loads("[2]"), "json.decoder" in sys.modules)
import json
print(dumps({"a": 1}, indent=None), json.loads is not loads, json.loads.__module__)
"""
    assert python(LEAN + code) == 'False [2] True\n{"a": 1} True json'


def test_another_attribute_runs_a_package_with_delayed_functions() -> None:
    code = """
delay_functions("json", "loads", "nosuch")
from json import loads
from json import JSONDecoder
import json
print(JSONDecoder.__name__, json.loads is not loads, loads("2"))
try:
    json.nosuch()
except AttributeError as error:
    print(error)
"""
    assert python(LEAN + code).splitlines() == [
        "JSONDecoder True 2",
        "module 'json' has no attribute 'nosuch'",
    ]


def test_messages_with_dates_are_read_with_delayed_functions() -> None:
    code = """
delay_unused_packages()
from jupyter_client.jsonutil import extract_dates
print("dateutil.parser._parser" in sys.modules)
print(extract_dates({"date": "2026-12-01T03:04:05.000006Z"}))
import dateutil.tz, dateutil.parser
print(dateutil.parser.parse("2026-12-01").day, dateutil.tz.tzutc().__class__.__name__)
"""
    lines = python(LEAN + code).splitlines()
    assert lines[0] == "False"
    assert "datetime.datetime(2026, 12, 1, 3, 4, 5, 6" in lines[1]
    assert lines[2] == "1 tzutc"


def test_an_imported_package_stays_as_it_is() -> None:
    code = """
import json
delay_packages("json")
print(sys.modules["json"] is json, json.dumps(1))
"""
    assert python(LEAN + code).split() == ["True", "1"]


@pytest.mark.parametrize("name", ["no_such_package", "this"])
def test_a_module_that_is_not_a_package_stays_as_it_is(name: str) -> None:
    assert python(f"{LEAN}\ndelay_packages({name!r}); print({name!r} in sys.modules)") == "False"


def test_a_missing_attribute_raises_an_attribute_error() -> None:
    code = """
delay_packages("json")
import json
print(hasattr(json, "nosuch"), json.loads("2"))
"""
    assert python(LEAN + code) == "False 2"
