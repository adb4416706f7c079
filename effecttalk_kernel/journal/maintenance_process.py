"""Starts the maintenance of the store from time to time.

The work (backups, deleting what is too old, cleaning up after killed kernels) is done by another
process: it waits for the disk and for locks, and must not delay a cell.
"""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import Final

from effecttalk_kernel.config.settings import DATA_DIR, PREFIX, Settings

# Well after the first cell.
FIRST_SECONDS: Final = 10.0
# Only backups may be due more often than this.
INTERVAL_SECONDS: Final = 3_600.0
PASSED_SETTINGS: Final = ("backup_interval", "backup_retention", "archive_after", "spill_retention")


class MaintenanceProcess:
    """Starts the maintenance process, one at a time; it is ended with its kernel."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._process: subprocess.Popen[bytes] | None = None
        self._pidfd = -1
        self._timer = self._loop.call_later(FIRST_SECONDS, self._check_due)

    def close(self) -> None:
        """Stop; the next process completes what is not finished."""
        self._timer.cancel()
        if self._process is not None:
            self._process.terminate()
            self._reap()

    def _check_due(self) -> None:
        interval = min(self._settings.backup_interval, INTERVAL_SECONDS)
        self._timer = self._loop.call_later(interval, self._check_due)
        if self._process is None and self._age_seconds() >= interval:
            self._start()

    def _age_seconds(self) -> float:
        """Return the time since the last maintenance by any process; 0 without a store."""
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
            **{PREFIX + name.upper(): str(getattr(settings, name)) for name in PASSED_SETTINGS},
        }
        with suppress(OSError):  # no process can be started: try again next time
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
