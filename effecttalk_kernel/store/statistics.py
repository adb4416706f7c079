"""Statistics of the blocks and sessions in the store."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from effecttalk_kernel.store.blocks import NOT_FAILED

MAX_RANKED: Final = 10
# Words before the name of a command: FOO=1 env -i sudo -u me
COMMAND_PREFIXES: Final = frozenset(
    {"!", "{", "(", "time", "sudo", "env", "exec", "command", "builtin", "nohup"}
)
ASSIGNMENT: Final = re.compile(r"\w+\+?=")


def read_statistics(connection: sqlite3.Connection, since: float) -> dict[str, Any]:
    """Return the statistics of all blocks that started after *since*."""
    statuses = dict(
        connection.execute(
            "SELECT status, count(*) FROM blocks WHERE started >= ? GROUP BY status", (since,)
        ).fetchall()
    )
    return {
        "blocks": sum(statuses.values()),
        "blocks_by_status": statuses,
        "failed_share": _compute_failed_share(connection, since),
        **_compute_durations(connection, since),
        "commands": _count_commands(connection, since),
        "directories": [
            {"directory": directory, "blocks": count}
            for directory, count in connection.execute(
                "SELECT cwd, count(*) FROM blocks WHERE started >= ? GROUP BY cwd"
                " ORDER BY 2 DESC, 1 LIMIT ?",
                (since, MAX_RANKED),
            )
        ],
        "sessions_by_state": dict(
            connection.execute(
                "SELECT state, count(*) FROM sessions WHERE modified >= ? GROUP BY state", (since,)
            ).fetchall()
        ),
    }


def empty_statistics() -> dict[str, Any]:
    """Return the statistics of an empty store."""
    return {
        "blocks": 0,
        "blocks_by_status": {},
        "failed_share": None,
        "total_seconds": 0.0,
        "median_seconds": None,
        "commands": [],
        "directories": [],
        "sessions_by_state": {},
    }


def measure_directory(directory: Path) -> int:
    """Return the size of all files in *directory*, 0 if it does not exist."""
    return sum(path.lstat().st_size for path in directory.rglob("*") if path.is_file())


def find_command_name(code: str) -> str:
    """Return the name of the first command of a block, "" without one."""
    return next(_list_commands(code), "")


def _list_commands(code: str) -> Iterator[str]:
    for line in code.splitlines():
        if line.lstrip().startswith("#"):
            continue
        for word in line.split():
            if (
                word not in COMMAND_PREFIXES
                and not word.startswith("-")
                and not ASSIGNMENT.match(word)
            ):
                yield word.rstrip(";&|").rpartition("/")[2]


def _compute_failed_share(connection: sqlite3.Connection, since: float) -> float | None:
    failed, ended = connection.execute(
        f"SELECT sum(status NOT IN {NOT_FAILED}), count(*) FROM blocks"  # noqa: S608 # ours
        " WHERE started >= ? AND status <> 'running'",
        (since,),
    ).fetchone()
    return round(failed / ended, 4) if ended else None


def _compute_durations(connection: sqlite3.Connection, since: float) -> dict[str, Any]:
    where = "FROM blocks WHERE started >= ? AND ended IS NOT NULL"
    total, count = connection.execute(
        f"SELECT total(max(0, ended - started)), count(*) {where}",
        (since,),
    ).fetchone()
    median = None
    if count:
        (median,) = connection.execute(
            f"SELECT max(0, ended - started) {where} ORDER BY 1 LIMIT 1 OFFSET ?",
            (since, count // 2),
        ).fetchone()
    return {
        "total_seconds": round(total, 3),
        "median_seconds": None if median is None else round(median, 3),
    }


def _count_commands(connection: sqlite3.Connection, since: float) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT substr(code, 1, 1000) FROM blocks WHERE started >= ?", (since,)
    )
    words = Counter(find_command_name(code) for (code,) in rows)
    del words[""]
    return [{"command": word, "blocks": count} for word, count in words.most_common(MAX_RANKED)]
