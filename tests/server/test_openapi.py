"""The server conforms to its OpenAPI document, for any request."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from effecttalk_kernel.server.api import load_operation
from effecttalk_kernel.server.openapi import describe
from effecttalk_kernel.server.routes import ROUTES, Route
from tests.server.server import PATIENCE_SECONDS, ROOT, TOKEN, Client, JupyterServer
from tests.support.stored_session import SampleBlock, store_session

schemathesis = pytest.importorskip("schemathesis")
# It accepts only 401; Jupyter Server answers 403 without authentication.
CONFIG = {"checks": {"missing_required_header": {"enabled": False}}}
schema = schemathesis.openapi.from_dict(
    describe("/effecttalk/api"), config=schemathesis.Config.from_dict(CONFIG)
)


@schema.parametrize()
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[*HealthCheck],
)
def test_any_request_conforms(case: Any, server: JupyterServer) -> None:
    case.call_and_validate(
        base_url=server.api, headers={"Authorization": f"token {TOKEN}"}, timeout=PATIENCE_SECONDS
    )


def store(server: JupyterServer) -> None:
    """Write a session into the store."""
    store_session(
        server.data, "deed", [SampleBlock("echo a", "a\n"), SampleBlock("false", exit_status=1)]
    )


@pytest.fixture(scope="module")
def backup(server: JupyterServer) -> dict[str, Any]:
    """Return the job that has made a backup."""
    store(server)
    client = Client(server)
    job = client.finish(client.ask("POST", "backups").json())
    client.close()
    return job


@pytest.fixture
def names(server: JupyterServer, backup: dict[str, Any]) -> dict[str, str]:
    """Return existing names for the parts of addresses: random ones are mostly not found."""
    store(server)
    name = backup["result"]["name"]
    return {"session": "deed", "block": "deed-1", "name": name, "job": backup["id"]}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_request_for_something_existing_conforms(
    route: Route, server: JupyterServer, client: Client, names: dict[str, str]
) -> None:
    parts = {part: names[part] for part in re.findall(r"\{(\w+)\}", route.path)}
    options: dict[str, Any] = {"path_parameters": parts}
    if route.method == "PATCH":
        options |= {"body": {"archived": True}, "media_type": "application/json"}
    if route.name == "search":
        options["query"] = {"q": "echo"}
    case = schema[f"/{route.path}"][route.method].Case(**options)
    reply = case.call_and_validate(
        base_url=server.api, headers={"Authorization": f"token {TOKEN}"}, timeout=PATIENCE_SECONDS
    )
    assert reply.status_code == route.status, reply.text
    if route.status == 202:
        client.finish(reply.json())


def test_the_server_returns_the_document(client: Client) -> None:
    assert client.get("openapi.json") == describe("/effecttalk/api")


def test_the_documentation_names_every_route_and_field() -> None:
    text = (ROOT / "docs/server.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+ [\w{}/.]+)` \| (.*) \|$", text, re.MULTILINE))
    assert rows.keys() - {"GET openapi.json"} == {f"{o.method} {o.path}" for o in ROUTES}
    for route in ROUTES:
        fields = {
            name
            for name in load_operation(route).input_model.model_fields
            if f"{{{name}}}" not in route.path
        }
        description = rows[f"{route.method} {route.path}"]
        assert fields <= {*re.findall(r"[`\"](\w+)[`\"]", description)}


def test_the_extension_requests_only_routes_of_the_table() -> None:
    """It writes a path as an array: ['blocks', block, 'output']."""
    routes = {tuple(re.sub(r"\{\w+\}", "{}", route.path).split("/")) for route in ROUTES}
    first_parts = "|".join(sorted({route[0] for route in routes}))
    for file in (ROOT / "labextension/src").rglob("*.ts"):
        arrays = re.findall(rf"\[('(?:{first_parts})'[^\]\n]*)\]", file.read_text(encoding="utf-8"))
        for parts in (array.split(", ") for array in arrays):
            path = tuple(part.strip("'") if part[0] == "'" else "{}" for part in parts)
            assert path in routes, file
