"""`effecttalk backup`: make, list, check and restore copies of the store."""

import sys
import time
from typing import TYPE_CHECKING, Final

import click

from effecttalk_kernel.cli.columns import Column, Kind
from effecttalk_kernel.cli.completers import BACKUP, SESSION
from effecttalk_kernel.cli.context import read_settings
from effecttalk_kernel.cli.records import Record
from effecttalk_kernel.cli.tables import as_json_option, print_json, print_records
from effecttalk_kernel.cli.text_format import escape, format_iso, format_size

if TYPE_CHECKING:
    from effecttalk_kernel.store.backup.backups import Backup
    from effecttalk_kernel.store.backup.manifest import StoreContents
    from effecttalk_kernel.store.backup.restore import RestoreReport

COLUMNS: Final = (
    Column("name", "backup", Kind.NAME),
    Column("time", "made", Kind.TIME),
    Column("reason", "reason", min_width=70),
    Column("sessions", "sessions", Kind.NUMBER),
    Column("blocks", "blocks", Kind.NUMBER),
    Column("size_bytes", "size", Kind.SIZE),
    Column("path", "file", Kind.PATH, min_width=100),
)


@click.group()
def backup() -> None:
    """Make, list, check and restore backups."""


@backup.command()
@as_json_option
def now(*, as_json: bool) -> None:
    """Make a backup now and check it."""
    from effecttalk_kernel.store.backup.backups import make_backup
    from effecttalk_kernel.store.backup.manifest import Reason

    made = _make_record(make_backup(read_settings().data_directory, reason=Reason.REQUESTED))
    if as_json:
        print_json(made)
    else:
        click.echo(
            f"{made['name']}: {made['blocks']} blocks of {made['sessions']} sessions in"
            f" {format_size(made['size_bytes'])}: {made['path']}"
        )


@backup.command("list")
@as_json_option
def list_(*, as_json: bool) -> None:
    """List backups, the newest first."""
    from effecttalk_kernel.store.backup.backups import list_backups

    records = [_make_record(each) for each in list_backups(read_settings().data_directory)]
    print_records(records, COLUMNS, as_json=as_json, empty_message="no backups yet")


@backup.command()
@click.argument("name", type=BACKUP)
@as_json_option
def check(name: str, *, as_json: bool) -> None:
    """Check that a backup can be read completely.

    NAME is a name from `effecttalk backup list`, `latest`, or a file.
    """
    from effecttalk_kernel.store.backup.backups import check_backup, find_backup

    directory = read_settings().data_directory
    found = find_backup(directory, name)
    contents = check_backup(directory, found)
    if as_json:
        print_json({**_make_record(found), **_make_counts(contents)})
    else:
        click.echo(f"{found.name}: {contents.blocks} blocks of {contents.sessions} sessions")


@backup.command()
@click.argument("name", type=BACKUP)
@click.option("--session", type=SESSION, help="Restore only this session.")
@click.option("--force", is_flag=True, help="Replace sessions that have changed since the backup.")
@as_json_option
def restore(name: str, *, session: str | None, force: bool, as_json: bool) -> None:
    """Restore sessions and blocks that are missing in the store.

    NAME is a name from `effecttalk backup list`, `latest`, or a file. A session that has changed
    since the backup is replaced only with --force; a new backup is made first. A running session
    is never replaced. The exit status is 1 if a session was not restored for one of these reasons.
    """
    from effecttalk_kernel.store.backup.backups import find_backup
    from effecttalk_kernel.store.backup.restore import restore as restore_backup

    directory = read_settings().data_directory
    report = restore_backup(directory, find_backup(directory, name), session=session, force=force)
    if as_json:
        print_json(_make_report_record(report))
    else:
        _print_report(report)
    sys.exit(1 if report.refused else 0)


@click.command(hidden=True)
@as_json_option
def maintain(*, as_json: bool) -> None:
    """Run the regular maintenance of the store now.

    Make a backup if one is due, remove old data, and mark sessions whose kernel was killed.
    """
    from effecttalk_kernel.store.maintenance import MaintenancePlan
    from effecttalk_kernel.store.maintenance import maintain as maintain_store
    from effecttalk_kernel.store.spill.reader import remove_old_spills

    settings = read_settings()
    plan = MaintenancePlan(
        backup_interval_seconds=settings.backup_interval,
        backup_retention_seconds=settings.backup_retention,
        archive_after_seconds=settings.archive_after,
        spill_retention_seconds=settings.spill_retention,
        remove_spills=remove_old_spills,
    )
    report = maintain_store(settings.data_directory, plan, time.time())
    if as_json:
        print_json(
            {
                "lost": [*report.lost],
                "archived": report.archived,
                "removed_pieces": report.removed_pieces,
                "backup": None if report.backup is None else report.backup.name,
                "removed_backups": [*report.removed_backups],
                "problems": [*report.problems],
                "is_elsewhere": report.is_elsewhere,
            }
        )
    for problem in report.problems:
        click.echo(f"Error: {escape(problem)}", err=True)
    sys.exit(1 if report.problems else 0)


def _make_record(found: "Backup") -> Record:
    description = found.description
    return {
        "name": found.name,
        "time": format_iso(found.time),
        "reason": None if description is None else description.reason.value,
        "sessions": None if description is None else description.contents.sessions,
        "blocks": None if description is None else description.contents.blocks,
        "size_bytes": found.size_bytes,
        "path": str(found.path),
    }


def _make_counts(contents: "StoreContents") -> Record:
    return {"sessions": contents.sessions, "blocks": contents.blocks}


def _make_report_record(report: "RestoreReport") -> Record:
    return {
        "sessions": report.sessions,
        "blocks": report.blocks,
        "replaced": report.replaced,
        "unchanged": report.unchanged,
        "refused": [
            {"session": each.session, "reason": each.reason.name.lower()} for each in report.refused
        ],
        "safety_copy": None if report.safety_copy is None else report.safety_copy.name,
    }


def _print_report(report: "RestoreReport") -> None:
    click.echo(
        f"restored {report.sessions} sessions with {report.blocks} blocks"
        f" ({report.replaced} sessions replaced, {report.unchanged} unchanged)"
    )
    if report.safety_copy is not None:
        click.echo(f"the replaced sessions are in the backup {report.safety_copy.name}")
    for each in report.refused:
        click.echo(
            f"effecttalk: session {each.session} was not restored: {each.reason.value}", err=True
        )
