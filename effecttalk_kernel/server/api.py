"""Answer a request: read its parameters, call the route's function, and make the reply."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final, TypeAlias, get_args, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from effecttalk_kernel.bash_quoting import escape_json
from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.server.context import Context
from effecttalk_kernel.server.errors import InvalidRequestError, error_reply, validation_reply
from effecttalk_kernel.server.http import JSON, ApiRequest, Download, Reply
from effecttalk_kernel.server.models import FieldProblem
from effecttalk_kernel.server.parameters import Input
from effecttalk_kernel.server.routes import Route

Answer: TypeAlias = BaseModel | Reply | Download | None

# What Jupyter's clients add to every address: credentials, and the time to get around caches.
JUPYTER_PARAMETERS: Final = frozenset({"token", "_xsrf", "no_track_activity"})
TIMESTAMP: Final = re.compile(r"[0-9]{13}")


@dataclass(frozen=True, slots=True)
class Operation:
    """The function of a route and its models; *output_model* is None if the reply is not JSON."""

    function: Callable[[Context, Any], Answer]
    input_model: type[Input]
    output_model: type[BaseModel] | None


@cache
def load_operation(route: Route) -> Operation:
    """Import the function of a route, and read its models from its annotations.

    A function that writes its reply itself is annotated `Annotated[Reply, Model]`.
    """
    module, _, name = route.function.partition(".")
    function = getattr(import_module(f"effecttalk_kernel.server.{module}"), name)
    hints = get_type_hints(function, include_extras=True)
    annotation = hints.pop("return")
    _, input_model = hints.values()
    model = get_args(annotation)[-1] if get_args(annotation) else annotation
    return Operation(function, input_model, model if issubclass(model, BaseModel) else None)


def answer(context: Context, route: Route, request: ApiRequest) -> Reply | Download:
    """Return the reply to a request; an error in the store or the request is one, too."""
    operation = load_operation(route)
    try:
        parameters = operation.input_model.model_validate(_read_parameters(route, request))
        return _reply(route, operation.function(context, parameters))
    except ValidationError as error:
        return validation_reply(error, route)
    except (EffectTalkError, OSError) as error:
        return error_reply(error)


def _read_parameters(route: Route, request: ApiRequest) -> dict[str, Any]:
    query = _read_query(request.query)
    if route.has_body:
        if query:
            raise _unknown_field_error(query)
        fields = _read_body(request.body)
    else:
        fields = query
    # What the path names must not be named a second time.
    if duplicates := fields.keys() & request.path.keys():
        raise _unknown_field_error(duplicates)
    return {**fields, **request.path}


def _read_query(arguments: Mapping[str, Sequence[bytes]]) -> dict[str, str]:
    query = {}
    for name, values in arguments.items():
        if name in JUPYTER_PARAMETERS or (TIMESTAMP.fullmatch(name) and [*values] == [b""]):
            continue
        if len(values) > 1:
            raise _invalid_field_error(name, "it is given more than once")
        try:
            query[name] = values[0].decode()
        except UnicodeDecodeError:
            raise _invalid_field_error(name, "it is not UTF-8 text") from None
    return query


def _read_body(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        found = from_json(body)
    except ValueError as error:
        raise InvalidRequestError(f"the body is not JSON: {error}", status=400) from None
    if not isinstance(found, dict):
        raise _invalid_field_error("body", "it must be a JSON object")
    return found


def _unknown_field_error(names: Iterable[str]) -> InvalidRequestError:
    return _invalid_field_error(next(iter(names)), "there is no such field")


def _invalid_field_error(field: str, message: str) -> InvalidRequestError:
    error = FieldProblem(field=field, message=message)
    return InvalidRequestError(f"{field}: {message}", errors=[error])


def _reply(route: Route, answer: Answer) -> Reply | Download:
    if isinstance(answer, Reply | Download):
        return answer
    if answer is None:
        return Reply(route.status)
    # Not by pydantic: older stored text may contain lone surrogates, which have no encoding.
    body = json.dumps(escape_json(answer.model_dump(mode="json"))).encode()
    return Reply(route.status, body, {"Content-Type": JSON})
