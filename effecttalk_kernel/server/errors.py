"""Problems: which status an error is for a client, and how it reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import ValidationError

from effecttalk_kernel.errors import EffectTalkError, SettingsError
from effecttalk_kernel.server.backups import BackupNotFoundError
from effecttalk_kernel.server.http import JSON, Reply
from effecttalk_kernel.server.jobs import JobNotFoundError, JobRunsError
from effecttalk_kernel.server.models import FieldProblem, Problem
from effecttalk_kernel.server.operations import Operation
from effecttalk_kernel.server.thread_pool import OverloadedError
from effecttalk_kernel.store import errors as store
from effecttalk_kernel.store.spill.reader import SpillNotFoundError

# The first that fits; what is not here is 500.
STATUSES: Final[Mapping[type[EffectTalkError], int]] = {
    store.SessionNotFoundError: 404,
    store.BlockNotFoundError: 404,
    SpillNotFoundError: 404,
    BackupNotFoundError: 404,
    JobNotFoundError: 404,
    store.SessionLiveError: 409,
    JobRunsError: 409,
    store.StoreBusyError: 503,
    store.StoreUnusableError: 503,
    OverloadedError: 503,
    SettingsError: 500,
}
# Instead of pydantic's.
WORDS: Final = {"missing": "it is missing", "extra_forbidden": "there is no such field"}
UNAVAILABLE: Final = 503
RETRY_SECONDS: Final = 1


@dataclass(frozen=True, slots=True)
class InvalidError(EffectTalkError):
    """What a client has sent can't be read as what is asked."""

    message: str
    status: int = 422
    errors: list[FieldProblem] = field(default_factory=list)


def reply_to(error: EffectTalkError | OSError) -> Reply:
    """Return what a client is told of an error."""
    if isinstance(error, OSError):
        text = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return problem(UNAVAILABLE, text)
    status = next((STATUSES[kind] for kind in type(error).mro() if kind in STATUSES), 500)
    return problem(status, str(error))


def problem(status: int, message: str, errors: list[FieldProblem] | None = None) -> Reply:
    """Return a problem as a reply."""
    told = Problem(message=message, errors=errors or [])
    headers = {"Content-Type": JSON}
    if status == UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return Reply(status, told.model_dump_json().encode(), headers)


def invalid(error: ValidationError, operation: Operation) -> Reply:
    """Return what is wrong with what was asked; a name that none can have is not found."""
    found = [*_fields(error)]
    for each in found:
        if f"{{{each.field}}}" in operation.path:
            return problem(404, f"there is no such {each.field}", found)
    told = "; ".join(f"{each.field}: {each.message}" for each in found)
    return problem(422, told, found)


def _fields(error: ValidationError) -> Iterator[FieldProblem]:
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        name = ".".join(str(part) for part in each["loc"]) or "body"
        told = WORDS.get(each["type"]) or each["msg"].removeprefix("Value error, ")
        yield FieldProblem(field=name, message=told)
