"""ResourceLimits: what each process of a session may use, as setrlimit(2) has it; 0: no limit."""

import sys
from math import ceil
from typing import Final, NamedTuple

from effecttalk_kernel.errors import ShellStartError

# After SIGXCPU a program has this long to tidy up; then it gets SIGKILL.
MORE_CPU_SECONDS: Final = 2


class ResourceLimits(NamedTuple):
    """CPU time, address space and size of files, each for every single process."""

    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    file_bytes: int = 0

    def impose(self, pid: int) -> None:
        """Limit a process, and all that it starts from now on; none of them can undo it.

        Raises:
            ShellStartError: the system does not allow that.

        """
        if self == ResourceLimits():
            return
        # Not above: few sessions have limits.
        from resource import RLIMIT_AS, RLIMIT_CPU, RLIMIT_FSIZE

        cpu_seconds = ceil(self.cpu_seconds)
        for kind, soft, hard in (
            (RLIMIT_CPU, cpu_seconds, cpu_seconds + MORE_CPU_SECONDS),
            (RLIMIT_AS, self.memory_bytes, self.memory_bytes),
            (RLIMIT_FSIZE, self.file_bytes, self.file_bytes),
        ):
            if soft:
                _lower(pid, kind, soft, hard)


def _lower(pid: int, kind: int, soft: int, hard: int) -> None:
    """Set both limits, but leave lower ones as they are: only root could raise them."""
    from resource import RLIM_INFINITY, prlimit

    try:
        now_soft, now_hard = (
            sys.maxsize if limit == RLIM_INFINITY else limit for limit in prlimit(pid, kind)
        )
        prlimit(pid, kind, (min(soft, now_soft), min(hard, now_hard)))
    except ProcessLookupError:  # it has ended: who waits for it will see
        return
    except OSError as error:
        raise ShellStartError(
            f"the limits of the shell can't be set ({error.strerror}): set cpu_limit, memory_limit"
            " and file_size_limit to 0, or allow prlimit(2)"
        ) from error
