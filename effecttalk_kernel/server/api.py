"""Answering: from a request to a reply, in one of the threads that ask the store."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.server import errors as problems
from effecttalk_kernel.server.context import Place
from effecttalk_kernel.server.http import JSON, Download, Reply, Request
from effecttalk_kernel.server.models import FieldProblem
from effecttalk_kernel.server.operations import BY_NAME, Answer, Operation

# What Jupyter's clients add to every address: who asks, and the time, against caches.
JUPYTERS: Final = frozenset({"token", "_xsrf", "no_track_activity"})
STAMP: Final = re.compile(r"[0-9]{13}")


def answer(place: Place, name: str, request: Request) -> Reply | Download:
    """Return what a client gets for an operation, whatever goes wrong in the store."""
    operation = BY_NAME[name]
    try:
        asked = operation.takes.model_validate(_given(operation, request))
        return _reply(operation, operation.function(place, asked))
    except ValidationError as error:
        return problems.invalid(error, operation)
    except problems.InvalidError as error:
        return problems.problem(error.status, error.message, error.errors)
    except (EffectTalkError, OSError) as error:
        return problems.reply_to(error)


def _given(operation: Operation, request: Request) -> dict[str, Any]:
    query = _query(request.query)
    if operation.has_body:
        if query:
            raise _unknown(query)
        rest = _body(request.body)
    else:
        rest = query
    # What the address names is named by nothing else.
    if both := rest.keys() & request.path.keys():
        raise _unknown(both)
    return {**rest, **request.path}


def _query(arguments: Mapping[str, Sequence[bytes]]) -> dict[str, str]:
    found = {}
    for name, values in arguments.items():
        if name in JUPYTERS or (STAMP.fullmatch(name) and [*values] == [b""]):
            continue
        if len(values) > 1:
            raise _invalid(name, "it is given more than once")
        try:
            found[name] = values[0].decode()
        except UnicodeDecodeError:
            raise _invalid(name, "it is no UTF-8 text") from None
    return found


def _body(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        found = from_json(body)
    except ValueError as error:
        raise problems.InvalidError(f"the body is no JSON: {error}", status=400) from None
    if not isinstance(found, dict):
        raise _invalid("body", "it must be a JSON object")
    return found


def _unknown(names: Iterable[str]) -> problems.InvalidError:
    return _invalid(next(iter(names)), "there is no such field")


def _invalid(field: str, message: str) -> problems.InvalidError:
    error = FieldProblem(field=field, message=message)
    return problems.InvalidError(f"{field}: {message}", errors=[error])


def _reply(operation: Operation, answer: Answer) -> Reply | Download:
    if isinstance(answer, Reply | Download):
        return answer
    if answer is None:
        return Reply(operation.status)
    return Reply(operation.status, _json(answer), {"Content-Type": JSON})


def _json(answer: BaseModel) -> bytes:
    # Not by pydantic: what was kept may have half a pair of surrogates, which has no bytes.
    return json.dumps(answer.model_dump(mode="json")).encode()
