"""`pip install` enables the extension of Jupyter Server."""

import importlib
import json
import tomllib

from tests.server.server import ROOT, Client


def test_the_file_is_where_jupyter_server_looks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared["jupyter-config"] == "etc/jupyter"
    (file,) = [path for path in (ROOT / "jupyter-config").rglob("*") if path.is_file()]
    assert file.parent.name == "jupyter_server_config.d"
    enabled = json.loads(file.read_text())["ServerApp"]["jpserver_extensions"]
    for name, is_on in enabled.items():
        module = importlib.import_module(name)
        assert is_on
        assert module._jupyter_server_extension_points() == [{"module": name}]


def test_the_server_has_loaded_it(client: Client) -> None:
    assert "effecttalk_kernel.server | extension was successfully loaded" in client.server.log
    assert client.get("health")["data_directory"] == str(client.server.data)
