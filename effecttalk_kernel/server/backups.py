"""The routes for backups, and for the jobs that make and restore them."""

from collections.abc import Mapping
from typing import Any

from effecttalk_kernel.bash_quoting import escape_bytes
from effecttalk_kernel.server.context import Context
from effecttalk_kernel.server.jobs import ServerJob
from effecttalk_kernel.server.models import (
    BackupList,
    BackupModel,
    JobList,
    JobModel,
    RefusedModel,
    RestoredModel,
    to_datetime,
)
from effecttalk_kernel.server.parameters import (
    Nothing,
    OneJob,
    RestoreBackup,
    RestoreSession,
    SessionId,
)
from effecttalk_kernel.store.backup import backups
from effecttalk_kernel.store.backup.backups import Backup, find_backup, make_backup
from effecttalk_kernel.store.backup.manifest import Reason
from effecttalk_kernel.store.backup.restore import restore
from effecttalk_kernel.store.errors import BackupError, StoreError


class BackupNotFoundError(StoreError):
    """There is no backup with this name."""


def list_backups(context: Context, _: Nothing) -> BackupList:
    """List backups, the newest first."""
    return BackupList(
        backups=[_make_backup_model(each) for each in backups.list_backups(context.directory)]
    )


def begin_backup(context: Context, _: Nothing) -> JobModel:
    """Start a job that makes and checks a backup."""

    def work() -> Mapping[str, Any]:
        return _make_backup_model(
            make_backup(context.directory, reason=Reason.REQUESTED)
        ).model_dump()

    return _make_job_model(context.jobs.start("backup", work))


def restore_backup(context: Context, parameters: RestoreBackup) -> JobModel:
    """Start a job that restores what is missing in the store."""
    return _start_restore(context, parameters.name, parameters.session, force=parameters.force)


def restore_session(context: Context, parameters: RestoreSession) -> JobModel:
    """Start a job that restores one session from a backup."""
    return _start_restore(context, parameters.backup, parameters.session, force=parameters.force)


def list_jobs(context: Context, _: Nothing) -> JobList:
    """List the latest jobs of this server, the newest first."""
    return JobList(jobs=[_make_job_model(job) for job in context.jobs.list_jobs()])


def show_job(context: Context, parameters: OneJob) -> JobModel:
    """Return the state and the result of a job."""
    return _make_job_model(context.jobs.find(parameters.job))


def _start_restore(
    context: Context, name: str, session: SessionId | None, *, force: bool
) -> JobModel:
    try:
        backup = find_backup(context.directory, name)
    except BackupError as error:
        raise BackupNotFoundError(str(error)) from error

    def work() -> Mapping[str, Any]:
        report = restore(context.directory, backup, session=session, force=force)
        return RestoredModel(
            sessions=report.sessions,
            blocks=report.blocks,
            replaced=report.replaced,
            unchanged=report.unchanged,
            refused=[
                RefusedModel(session=each.session, reason=each.reason.value)
                for each in report.refused
            ],
            safety_copy=None if report.safety_copy is None else report.safety_copy.name,
        ).model_dump()

    return _make_job_model(context.jobs.start("restore", work))


def _make_backup_model(backup: Backup) -> BackupModel:
    description = backup.description
    return BackupModel(
        name=backup.name,
        time=to_datetime(backup.time),
        reason=None if description is None else description.reason,
        sessions=None if description is None else description.contents.sessions,
        blocks=None if description is None else description.contents.blocks,
        size_bytes=backup.size_bytes,
    )


def _make_job_model(job: ServerJob) -> JobModel:
    return JobModel.model_validate(
        {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "started": to_datetime(job.started),
            "ended": to_datetime(job.ended),
            "result": job.result,
            "problem": escape_bytes(job.problem),
        }
    )
