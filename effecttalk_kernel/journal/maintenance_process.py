"""Upkeep: has the store looked after now and then, by whichever kernel is up.

The work (backups, what is too old, what killed kernels left) is done by another process:
it waits for the disk and for locks, and must not make a cell wait.
"""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import Final

from effecttalk_kernel.config.settings import DATA_DIR, PREFIX, Settings

# Well after the first cell: nobody waits for it.
FIRST_SECONDS: Final = 10.0
# Less often than this there is nothing to do but backups.
INTERVAL_SECONDS: Final = 3_600.0
HANDED_ON: Final = ("backup_interval", "backup_retention", "archive_after", "spill_retention")


class MaintenanceProcess:
    """The process that looks after the store, one at a time; ended with its kernel."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._process: subprocess.Popen[bytes] | None = None
        self._pidfd = -1
        self._timer = self._loop.call_later(FIRST_SECONDS, self._look)

    def close(self) -> None:
        """Stop; what is half done is done by the next."""
        self._timer.cancel()
        if self._process is not None:
            self._process.terminate()
            self._reap()

    def _look(self) -> None:
        interval = min(self._settings.backup_interval, INTERVAL_SECONDS)
        self._timer = self._loop.call_later(interval, self._look)
        if self._process is None and self._age_seconds() >= interval:
            self._start()

    def _age_seconds(self) -> float:
        """How long ago any process has done it; 0 where there is no store yet."""
        directory = self._settings.data_directory
        try:
            return time.time() - (directory / "maintained").stat().st_mtime
        except FileNotFoundError:
            return float("inf") if (directory / "store.sqlite").exists() else 0.0
        except OSError:
            return 0.0

    def _start(self) -> None:
        settings = self._settings
        environment = {
            **os.environ,
            DATA_DIR: str(settings.data_directory),
            **{PREFIX + name.upper(): str(getattr(settings, name)) for name in HANDED_ON},
        }
        with suppress(OSError):  # no process is free: the next time
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "effecttalk_kernel.cli", "maintain"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._pidfd = os.pidfd_open(self._process.pid)
            self._loop.add_reader(self._pidfd, self._reap)

    def _reap(self) -> None:
        process, self._process = self._process, None
        pidfd, self._pidfd = self._pidfd, -1
        if pidfd >= 0:
            self._loop.remove_reader(pidfd)
            os.close(pidfd)
        if process is not None:
            process.wait()
