"""Backups: made and restored while the client asks how it goes."""

import threading

import pytest

from effecttalk_kernel.server.jobs import JobRunner, JobRunsError, JobState
from effecttalk_kernel.store.errors import BackupError
from tests.cli.command import Ran, keep
from tests.server.server import Client


def back_up(client: Client) -> str:
    reply = client.ask("POST", "backups")
    assert reply.status_code == 202, reply.text
    job = client.finish(reply.json())
    assert (job["kind"], job["state"], job["problem"]) == ("backup", "done", "")
    return str(job["result"]["name"])


def test_what_was_deleted_comes_back(client: Client) -> None:
    keep(client.server.data, "bac6", [Ran("echo a"), Ran("echo b")])
    name = back_up(client)
    assert name in [each["name"] for each in client.get("backups")["backups"]]
    client.ask("DELETE", "sessions/bac6")
    reply = client.ask("POST", "sessions/bac6/restore", json={"backup": name})
    assert reply.status_code == 202
    result = client.finish(reply.json())["result"]
    assert (result["sessions"], result["blocks"], result["refused"]) == (1, 2, [])
    assert client.get("sessions/bac6")["blocks"] == 2


def test_what_is_there_stays(client: Client) -> None:
    keep(client.server.data, "57a7", [Ran("echo a")])
    name = back_up(client)
    reply = client.ask("POST", f"backups/{name}/restore")
    result = client.finish(reply.json())["result"]
    assert result["sessions"] == 0
    assert result["unchanged"] >= 1


def test_a_session_that_no_backup_has_is_a_problem_of_the_job(client: Client) -> None:
    keep(client.server.data, "0b0e", [Ran("echo a")])
    name = back_up(client)
    reply = client.ask("POST", f"backups/{name}/restore", json={"session": "7777"})
    job = client.finish(reply.json())
    assert (job["state"], job["result"]) == ("failed", None)
    assert "there is no session '7777'" in job["problem"]


@pytest.mark.parametrize("name", ["20010101-000000", "..", "%2Fetc%2Fpasswd", "a.sqlite.gz", ".x"])
def test_a_backup_that_is_not_there_is_not_found(client: Client, name: str) -> None:
    assert client.ask("POST", f"backups/{name}/restore").status_code == 404


def test_jobs_are_listed(client: Client) -> None:
    keep(client.server.data, "70b5", [Ran("echo a")])
    back_up(client)
    assert client.get("jobs")["jobs"][0]["kind"] == "backup"
    assert client.ask("GET", f"jobs/{'0' * 16}").status_code == 404


def test_one_job_runs_at_a_time() -> None:
    runner, goes_on = JobRunner(), threading.Event()

    def work() -> dict[str, object]:
        assert goes_on.wait(30)
        return {}

    job = runner.start("first", work)
    with pytest.raises(JobRunsError, match="a first runs"):
        runner.start("second", dict)
    assert runner.find(job.id).state is JobState.RUNNING
    goes_on.set()
    wait_for_end(runner, job.id)
    runner.start("second", dict)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (BackupError("no room"), "no room"),
        (OSError("gone"), "gone"),
        (KeyError("our secret"), "it failed: see the server's log"),
    ],
)
def test_a_job_that_fails_says_why(error: Exception, problem: str) -> None:
    def work() -> dict[str, object]:
        raise error

    runner = JobRunner()
    job = runner.start("backup", work)
    wait_for_end(runner, job.id)
    assert (runner.find(job.id).state, runner.find(job.id).problem) == (JobState.FAILED, problem)


def test_old_jobs_are_forgotten() -> None:
    runner = JobRunner()
    first = runner.start("backup", dict)
    wait_for_end(runner, first.id)
    for _ in range(20):
        wait_for_end(runner, runner.start("backup", dict).id)
    assert len(runner.list_jobs()) == 20
    assert first.id not in [job.id for job in runner.list_jobs()]


def wait_for_end(runner: JobRunner, identity: str) -> None:
    """Wait until a job has ended."""
    for thread in threading.enumerate():
        if thread.name in {"first", "second", "backup"}:
            thread.join(30)
    assert runner.find(identity).ended
