"""Whole: what the routes for all that is kept answer: figures, and whether it can be read."""

from effecttalk_kernel import __version__
from effecttalk_kernel.server.context import Context
from effecttalk_kernel.server.models import Figures, Health
from effecttalk_kernel.server.parameters import Nothing, ReadFigures, seconds_of
from effecttalk_kernel.store.backup.backups import backups_directory
from effecttalk_kernel.store.database import store_path
from effecttalk_kernel.store.spill.layout import spills_directory
from effecttalk_kernel.store.statistics import directory_size, empty_statistics, read_statistics


def show_figures(context: Context, parameters: ReadFigures) -> Figures:
    """Return how much ran, failed and is kept."""
    with context.open_store() as connection:
        since = seconds_of(parameters.since) or 0.0
        figures = empty_statistics() if connection is None else read_statistics(connection, since)
    store = store_path(context.directory)
    return Figures(
        **figures,
        store_bytes=sum(path.stat().st_size for path in store.parent.glob(f"{store.name}*")),
        spill_bytes=directory_size(spills_directory(context.directory)),
        backup_bytes=directory_size(backups_directory(context.directory)),
    )


def show_health(context: Context, _: Nothing) -> Health:
    """Say that the store can be read; where it can't, the problem is the answer."""
    with context.open_store() as connection:
        if connection is not None:
            connection.execute("SELECT count(*) FROM sessions").fetchone()
    return Health(
        version=__version__,
        data_directory=str(context.directory),
        has_store=connection is not None,
    )
