"""Jobs: work that takes longer than a request, one at a time; clients poll its state."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from effecttalk_kernel.errors import EffectTalkError

# Number of jobs whose results are available.
MAX_JOBS: Final = 20

log = logging.getLogger(__name__)


class JobState(StrEnum):
    """State of a job."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobNotFoundError(EffectTalkError):
    """There is no job with this identity, or no longer."""


class JobRunsError(EffectTalkError):
    """Another job is running."""


@dataclass(frozen=True, slots=True)
class ServerJob:
    """One job; *problem* says why a job has failed."""

    id: str
    kind: str
    started: float
    state: JobState = JobState.RUNNING
    ended: float | None = None
    result: Mapping[str, Any] | None = None
    problem: str = ""


class JobRunner:
    """Runs the jobs of one server. Thread-safe."""

    def __init__(self) -> None:
        self._jobs: dict[str, ServerJob] = {}
        self._lock = threading.Lock()

    def start(self, kind: str, work: Callable[[], Mapping[str, Any]]) -> ServerJob:
        """Start a job in a new thread.

        Raises:
            JobRunsError: another job is running.

        """
        with self._lock:
            running = next((job for job in self._jobs.values() if not job.ended), None)
            if running is not None:
                raise JobRunsError(f"a {running.kind} is running: wait until it is done")
            job = ServerJob(secrets.token_hex(8), kind, time.time())
            self._jobs[job.id] = job
            for old in [*self._jobs][:-MAX_JOBS]:
                del self._jobs[old]
        # The server's end stops it safely: a backup appears at once, a restore goes by sessions.
        threading.Thread(target=self._run, args=(job, work), name=kind, daemon=True).start()
        return job

    def find(self, identity: str) -> ServerJob:
        """Return the job with this identity.

        Raises:
            JobNotFoundError: there is no such job.

        """
        with self._lock:
            job = self._jobs.get(identity)
        if job is None:
            raise JobNotFoundError(f"there is no job {identity!r}")
        return job

    def list_jobs(self) -> Sequence[ServerJob]:
        """Return the latest jobs, the newest first."""
        with self._lock:
            return [*self._jobs.values()][::-1]

    def _run(self, job: ServerJob, work: Callable[[], Mapping[str, Any]]) -> None:
        try:
            ended = replace(job, state=JobState.DONE, result=work())
        except (EffectTalkError, OSError) as error:
            ended = replace(job, state=JobState.FAILED, problem=str(error))
        except Exception:  # otherwise the job would stay in the state `running`
            log.exception("job.failed", extra={"job": job.id, "kind": job.kind})
            ended = replace(
                job, state=JobState.FAILED, problem="internal error: see the server's log"
            )
        with self._lock:
            self._jobs[job.id] = replace(ended, ended=time.time())
