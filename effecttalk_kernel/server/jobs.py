"""Jobs: what takes longer than a request, one at a time; the client asks how it goes."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from effecttalk_kernel.errors import EffectTalkError

# Jobs that are remembered after their end.
MOST: Final = 20

log = logging.getLogger(__name__)


class JobState(StrEnum):
    """Where a job is in its life."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobNotFoundError(EffectTalkError):
    """There is no such job, or not any more."""


class JobRunsError(EffectTalkError):
    """Another job runs."""


@dataclass(frozen=True, slots=True)
class ServerJob:
    """One job; *result* is what it came to, *problem* why it came to nothing."""

    id: str
    kind: str
    started: float
    state: JobState = JobState.RUNNING
    ended: float | None = None
    result: Mapping[str, Any] | None = None
    problem: str = ""


class JobRunner:
    """The jobs of one server. May be used by any thread."""

    def __init__(self) -> None:
        self._jobs: dict[str, ServerJob] = {}
        self._lock = threading.Lock()

    def start(self, kind: str, work: Callable[[], Mapping[str, Any]]) -> ServerJob:
        """Begin a job in a thread of its own.

        Raises:
            JobRunsError: another one runs.

        """
        with self._lock:
            running = next((job for job in self._jobs.values() if not job.ended), None)
            if running is not None:
                raise JobRunsError(f"a {running.kind} runs: wait until it is done")
            job = ServerJob(secrets.token_hex(8), kind, time.time())
            self._jobs[job.id] = job
            for old in [*self._jobs][:-MOST]:
                del self._jobs[old]
        # It ends with the server: a backup is whole or not there, a restore goes by sessions.
        threading.Thread(target=self._run, args=(job, work), name=kind, daemon=True).start()
        return job

    def find(self, identity: str) -> ServerJob:
        """Return the job with that identity.

        Raises:
            JobNotFoundError: there is none.

        """
        with self._lock:
            found = self._jobs.get(identity)
        if found is None:
            raise JobNotFoundError(f"there is no job {identity!r}")
        return found

    def list_jobs(self) -> Sequence[ServerJob]:
        """Return those that are remembered, the newest first."""
        with self._lock:
            return [*self._jobs.values()][::-1]

    def _run(self, job: ServerJob, work: Callable[[], Mapping[str, Any]]) -> None:
        try:
            ended = replace(job, state=JobState.DONE, result=work())
        except (EffectTalkError, OSError) as error:
            ended = replace(job, state=JobState.FAILED, problem=str(error))
        except Exception:  # the thread's door: who asks has to hear of it
            log.exception("job.failed", extra={"job": job.id, "kind": job.kind})
            ended = replace(job, state=JobState.FAILED, problem="it failed: see the server's log")
        with self._lock:
            self._jobs[job.id] = replace(ended, ended=time.time())
