"""Description: the server does what its OpenAPI description says, whatever is asked."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from effecttalk_kernel.server.api import load_operation
from effecttalk_kernel.server.openapi import describe
from effecttalk_kernel.server.routes import ROUTES, Route
from tests.cli.command import Ran, keep
from tests.server.server import ROOT, TOKEN, Client, JupyterServer

schemathesis = pytest.importorskip("schemathesis")
# It takes 401 alone for an answer; Jupyter Server has 403 for everybody it does not let in.
CONFIG = {"checks": {"missing_required_header": {"enabled": False}}}
schema = schemathesis.openapi.from_dict(
    describe("/effecttalk/api"), config=schemathesis.Config.from_dict(CONFIG)
)


@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[*HealthCheck],
)
def test_the_server_keeps_to_it(case: Any, server: JupyterServer) -> None:
    case.call_and_validate(base_url=server.api, headers={"Authorization": f"token {TOKEN}"})


@pytest.fixture(scope="module")
def names(server: JupyterServer) -> dict[str, str]:
    """What there is, for the parts of addresses: what is made up is mostly not found."""
    keep(server.data, "deed", [Ran("echo a", "a\n"), Ran("false", exit_status=1)])
    client = Client(server)
    job = client.finish(client.ask("POST", "backups").json())
    client.close()
    return {"session": "deed", "block": "deed-1", "name": job["result"]["name"], "job": job["id"]}


# The session is deleted last.
@pytest.mark.parametrize(
    "route", sorted(ROUTES, key=lambda each: each.method == "DELETE"), ids=lambda route: route.name
)
def test_what_there_is_is_told_as_described(
    route: Route, server: JupyterServer, client: Client, names: dict[str, str]
) -> None:
    parts = {part: names[part] for part in re.findall(r"\{(\w+)\}", route.path)}
    options: dict[str, Any] = {"path_parameters": parts}
    if route.method == "PATCH":
        options |= {"body": {"archived": True}, "media_type": "application/json"}
    if route.name == "search":
        options["query"] = {"q": "echo"}
    case = schema[f"/{route.path}"][route.method].Case(**options)
    reply = case.call_and_validate(base_url=server.api, headers={"Authorization": f"token {TOKEN}"})
    assert reply.status_code == route.status
    if route.status == 202:
        client.finish(reply.json())


def test_the_server_tells_it(client: Client) -> None:
    assert client.get("openapi.json") == describe("/effecttalk/api")


def test_the_docs_name_every_route_and_every_field() -> None:
    text = (ROOT / "docs/server.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+ [\w{}/.]+)` \| (.*) \|$", text, re.MULTILINE))
    assert rows.keys() - {"GET openapi.json"} == {f"{o.method} {o.path}" for o in ROUTES}
    for route in ROUTES:
        fields = {
            name
            for name in load_operation(route).takes.model_fields
            if f"{{{name}}}" not in route.path
        }
        told = rows[f"{route.method} {route.path}"]
        assert fields <= {*re.findall(r"[`\"](\w+)[`\"]", told)}
