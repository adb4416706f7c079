"""OpenAPI: the routes as a document (https://spec.openapis.org/oas/v3.1.0), made of the table."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import models_json_schema

from effecttalk_kernel import __version__
from effecttalk_kernel.server.api import load_operation
from effecttalk_kernel.server.http import JSON
from effecttalk_kernel.server.models import Problem
from effecttalk_kernel.server.routes import ROUTES, Route

if TYPE_CHECKING:
    from pydantic import BaseModel

REF: Final = "#/components/schemas/{model}"
PART: Final = re.compile(r"\{(\w+)\}")
# Any request may be malformed, not allowed, or meet a store that can't be read.
ALWAYS: Final = (400, 403, 422, 500, 503)
MEANINGS: Final[Mapping[int, str]] = {
    200: "Done",
    202: "Begun: the job tells how it goes",
    204: "Done",
    400: "It can't be read",
    403: "Not signed in, not allowed, or without the XSRF token",
    404: "There is no such thing",
    409: "Something that runs is in the way",
    422: "A field can't have this value",
    500: "What is kept is damaged or not known, or a setting can't be",
    503: "What is kept can't be reached now",
}


def describe(base: str) -> dict[str, Any]:
    """Return the document of a server whose routes are below *base*."""
    schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        operation = _describe_route(route, schemas)
        paths.setdefault(f"/{route.path}", {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "EffectTalk", "version": __version__},
        "servers": [{"url": base}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization"}
            },
        },
    }


def document_text(base: str) -> bytes:
    """Return the document as JSON."""
    return json.dumps(describe(base)).encode()


def _schemas() -> dict[str, Any]:
    operations = [load_operation(route) for route in ROUTES]
    takes: set[type[BaseModel]] = {each.takes for each in operations}
    gives: set[type[BaseModel]] = {each.gives for each in operations if each.gives} | {Problem}
    # In an order that does not change from run to run.
    modes = [(model, "validation") for model in sorted(takes, key=lambda model: model.__name__)]
    modes += [(model, "serialization") for model in sorted(gives, key=lambda model: model.__name__)]
    _, found = models_json_schema(modes, ref_template=REF)  # type: ignore[arg-type]
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _describe_route(route: Route, schemas: Mapping[str, Any]) -> dict[str, Any]:
    operation = load_operation(route)
    fields = schemas[operation.takes.__name__]
    names = PART.findall(route.path)
    described = {
        "operationId": route.name,
        "summary": (operation.function.__doc__ or "").partition("\n")[0],
        "parameters": [*_parameters(route, fields, names)],
        "responses": _responses(route, operation.gives),
    }
    rest = {name: schema for name, schema in _properties(fields) if name not in names}
    if route.has_body and rest:
        required = [name for name in fields.get("required", ()) if name in rest]
        schema = {"type": "object", "properties": rest, "additionalProperties": False}
        if required:
            schema["required"] = required
        described["requestBody"] = {
            "required": bool(required),
            "content": {JSON: {"schema": schema}},
        }
    return described


def _parameters(
    route: Route, fields: Mapping[str, Any], names: list[str]
) -> Iterator[dict[str, Any]]:
    for name, schema in _properties(fields):
        is_in_path = name in names
        if route.has_body and not is_in_path:
            continue
        yield {
            "name": name,
            "in": "path" if is_in_path else "query",
            "required": name in fields.get("required", ()),
            "description": schema.get("description", ""),
            "schema": schema if is_in_path or route.has_body else _without_null(schema),
        }


def _properties(fields: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from fields.get("properties", {}).items()


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what is in a query, where nothing is null: it is not there."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    return {**kinds[0], **rest}


def _responses(route: Route, model: "type[BaseModel] | None") -> dict[str, Any]:
    good: dict[str, Any] = {"description": MEANINGS[route.status]}
    if model is not None:
        reference = {"$ref": REF.format(model=model.__name__)}
        good["content"] = {JSON: {"schema": reference}}
    elif route.status == 200:
        good["content"] = {"text/plain": {"schema": {"type": "string"}}}
    problem = {JSON: {"schema": {"$ref": REF.format(model=Problem.__name__)}}}
    bad = {
        str(status): {"description": MEANINGS[status], "content": problem}
        for status in sorted({*ALWAYS, *route.problems})
    }
    return {str(route.status): good, **bad}
