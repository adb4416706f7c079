"""The OpenAPI document of the routes (https://spec.openapis.org/oas/v3.1.0)."""

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

REFERENCE: Final = "#/components/schemas/{model}"
PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")
# Any request can be malformed or forbidden, or meet an unreadable store.
COMMON_STATUSES: Final = (400, 403, 422, 500, 503)
MEANINGS: Final[Mapping[int, str]] = {
    200: "Done",
    202: "Started; poll the job",
    204: "Done",
    400: "The body is not JSON",
    403: "Not signed in, not allowed, or without the XSRF token",
    404: "Not found",
    409: "A running kernel or job prevents it",
    422: "A field has an invalid value",
    500: "The store is damaged or of an unknown version, or a setting is invalid",
    503: "The store is not available now",
}


def describe(base: str) -> dict[str, Any]:
    """Return the document of a server whose routes are below *base*."""
    schemas = _build_schemas()
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


def _build_schemas() -> dict[str, Any]:
    operations = [load_operation(route) for route in ROUTES]
    input_model: set[type[BaseModel]] = {each.input_model for each in operations}
    output_model: set[type[BaseModel]] = {
        each.output_model for each in operations if each.output_model
    } | {Problem}
    # Sorted: the order of a set differs from run to run.
    models = [
        (model, "validation") for model in sorted(input_model, key=lambda model: model.__name__)
    ]
    models += [
        (model, "serialization") for model in sorted(output_model, key=lambda model: model.__name__)
    ]
    _, found = models_json_schema(models, ref_template=REFERENCE)  # type: ignore[arg-type]
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _describe_route(route: Route, schemas: Mapping[str, Any]) -> dict[str, Any]:
    operation = load_operation(route)
    fields = schemas[operation.input_model.__name__]
    names = PATH_PARAMETER.findall(route.path)
    described = {
        "operationId": route.name,
        "summary": (operation.function.__doc__ or "").partition("\n")[0],
        "parameters": [*_describe_parameters(route, fields, names)],
        "responses": _describe_responses(route, operation.output_model),
    }
    rest = {name: schema for name, schema in _list_properties(fields) if name not in names}
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


def _describe_parameters(
    route: Route, fields: Mapping[str, Any], names: list[str]
) -> Iterator[dict[str, Any]]:
    for name, schema in _list_properties(fields):
        is_in_path = name in names
        if route.has_body and not is_in_path:
            continue
        yield {
            "name": name,
            "in": "path" if is_in_path else "query",
            "required": name in fields.get("required", ()),
            "description": schema.get("description", ""),
            "schema": schema if is_in_path or route.has_body else _remove_null(schema),
        }


def _list_properties(fields: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from fields.get("properties", {}).items()


def _remove_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a query parameter, which is omitted instead of null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    return {**kinds[0], **rest}


def _describe_responses(route: Route, model: "type[BaseModel] | None") -> dict[str, Any]:
    good: dict[str, Any] = {"description": MEANINGS[route.status]}
    if model is not None:
        reference = {"$ref": REFERENCE.format(model=model.__name__)}
        good["content"] = {JSON: {"schema": reference}}
    elif route.status == 200:
        good["content"] = {"text/plain": {"schema": {"type": "string"}}}
    problem = {JSON: {"schema": {"$ref": REFERENCE.format(model=Problem.__name__)}}}
    bad = {
        str(status): {"description": MEANINGS[status], "content": problem}
        for status in sorted({*COMMON_STATUSES, *route.problems})
    }
    return {str(route.status): good, **bad}
