"""Open files of the test's own process: which there are, and a limit to them."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def descriptors() -> list[str]:
    """What this process has open; the listing's own descriptor is gone again."""
    return sorted(os.listdir("/proc/self/fd"))  # the numbers are wanted


def open_files() -> set[tuple[str, str]]:
    """What this process has open, and under which numbers."""
    found = set()
    for number in descriptors():
        with suppress(FileNotFoundError):  # that of the listing
            found.add((number, os.readlink(f"/proc/self/fd/{number}")))
    return found


@contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    """Within the context, this process can open *count* more descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(descriptors()) + 40, hard))
    try:
        try:
            while True:
                taken.append(os.open("/dev/null", os.O_RDONLY))
        except OSError as error:
            assert error.errno == errno.EMFILE
        for _ in range(count):
            os.close(taken.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in taken:
            os.close(descriptor)
