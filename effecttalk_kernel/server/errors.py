"""The HTTP status and the JSON of each error."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from effecttalk_kernel.bash_quoting import escape_bytes
from effecttalk_kernel.errors import EffectTalkError, SettingsError
from effecttalk_kernel.server.backups import BackupNotFoundError
from effecttalk_kernel.server.http import JSON, Reply
from effecttalk_kernel.server.jobs import JobNotFoundError, JobRunsError
from effecttalk_kernel.server.models import FieldProblem, Problem
from effecttalk_kernel.server.routes import Route
from effecttalk_kernel.server.thread_pool import OverloadedError
from effecttalk_kernel.store.errors import (
    BlockNotFoundError,
    SessionLiveError,
    SessionNotFoundError,
    StoreBusyError,
    StoreUnusableError,
)
from effecttalk_kernel.store.spill.reader import SpillNotFoundError

# The status of a class holds for its subclasses; without one it is 500.
STATUSES: Final[Mapping[type[EffectTalkError], int]] = {
    SessionNotFoundError: 404,
    BlockNotFoundError: 404,
    SpillNotFoundError: 404,
    BackupNotFoundError: 404,
    JobNotFoundError: 404,
    SessionLiveError: 409,
    JobRunsError: 409,
    StoreBusyError: 503,
    StoreUnusableError: 503,
    OverloadedError: 503,
    SettingsError: 500,
}
# Replace pydantic's own messages.
MESSAGES: Final = {"missing": "it is missing", "extra_forbidden": "there is no such field"}
UNAVAILABLE: Final = 503
RETRY_SECONDS: Final = 1


class InvalidRequestError(EffectTalkError):
    """The request cannot be read."""

    def __init__(
        self, message: str, *, status: int = 422, errors: Sequence[FieldProblem] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors


def error_reply(error: EffectTalkError | OSError) -> Reply:
    """Return the reply for an error."""
    if isinstance(error, InvalidRequestError):
        return _make_problem_reply(error.status, str(error), error.errors)
    if isinstance(error, OSError):
        text = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return _make_problem_reply(UNAVAILABLE, text)
    status = next((STATUSES[kind] for kind in type(error).mro() if kind in STATUSES), 500)
    return _make_problem_reply(status, str(error))


def validation_reply(error: ValidationError, route: Route) -> Reply:
    """Return the reply for invalid parameters; an impossible name in the path is not found."""
    fields = [*_list_invalid_fields(error)]
    for each in fields:
        if f"{{{each.field}}}" in route.path:
            return _make_problem_reply(404, f"there is no such {each.field}", fields)
    return _make_problem_reply(
        422, "; ".join(f"{each.field}: {each.message}" for each in fields), fields
    )


def _make_problem_reply(status: int, message: str, errors: Sequence[FieldProblem] = ()) -> Reply:
    problem = Problem(message=escape_bytes(message), errors=[*errors])
    headers = {"Content-Type": JSON}
    if status == UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return Reply(status, problem.model_dump_json().encode(), headers)


def _list_invalid_fields(error: ValidationError) -> Iterator[FieldProblem]:
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        name = ".".join(str(part) for part in each["loc"]) or "body"
        message = MESSAGES.get(each["type"]) or each["msg"].removeprefix("Value error, ")
        yield FieldProblem(field=name, message=message)
