"""The routes for statistics and health of the whole store."""

from effecttalk_kernel import __version__
from effecttalk_kernel.bash_quoting import escape_value
from effecttalk_kernel.server.context import Context
from effecttalk_kernel.server.models import Figures, Health
from effecttalk_kernel.server.parameters import Nothing, ReadFigures, to_timestamp
from effecttalk_kernel.store.backup.backups import backups_directory
from effecttalk_kernel.store.database import store_path
from effecttalk_kernel.store.spill.layout import spills_directory
from effecttalk_kernel.store.statistics import empty_statistics, measure_directory, read_statistics


def show_figures(context: Context, parameters: ReadFigures) -> Figures:
    """Return statistics of blocks and sessions, and the disk usage."""
    with context.open_store() as connection:
        since = to_timestamp(parameters.since) or 0.0
        figures = empty_statistics() if connection is None else read_statistics(connection, since)
    store = store_path(context.directory)
    return Figures(
        **figures,
        store_bytes=sum(path.stat().st_size for path in store.parent.glob(f"{store.name}*")),
        spill_bytes=measure_directory(spills_directory(context.directory)),
        backup_bytes=measure_directory(backups_directory(context.directory)),
    )


def show_health(context: Context, _: Nothing) -> Health:
    """Check that the store is readable."""
    with context.open_store() as connection:
        if connection is not None:
            connection.execute("SELECT count(*) FROM sessions").fetchone()
    return Health(
        version=__version__,
        data_directory=escape_value(str(context.directory)),
        has_store=connection is not None,
    )
