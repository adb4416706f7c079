"""Held: what the kernel of this session holds, for `effecttalk doctor`."""

import os
from collections.abc import Mapping
from typing import Final

from effecttalk_kernel.cli.format import size
from effecttalk_kernel.config.settings import SOCKET
from effecttalk_kernel.rpc.client import call
from effecttalk_kernel.rpc.wire import CallError
from effecttalk_kernel.store.checks import Check

NAME: Final = "session"
# Of what a kernel may have: a block that finds nothing left fails.
NEARLY_ALL: Final = 0.8


def check_session() -> Check:
    """Ask the kernel what it holds, and say what to do when that is nearly all there may be."""
    try:
        answer = call(os.environ.get(SOCKET, ""), "resources")
    except CallError as error:
        return Check(NAME, is_good=False, text=f"{error}; restart the kernel")
    told = _told(answer)
    advice = _advice(answer)
    return Check(NAME, is_good=not advice, text=f"{told}: {advice}" if advice else told)


def _told(held: Mapping[str, object]) -> str:
    spilled, runtime = (size(_number(held, f"{name}_bytes")) for name in ("spilled", "runtime"))
    return ", ".join(
        (
            _counted(held, "descriptors", "descriptor"),
            _counted(held, "terminals", "terminal"),
            _counted(held, "processes", "process", "processes"),
            _counted(held, "threads", "thread"),
            f"{_counted(held, 'blocks', 'block')} in the background",
            f"{_counted(held, 'spills', 'spill')} of {spilled}",
            f"{_counted(held, 'runtime_files', 'runtime file')} of {runtime}",
        )
    )


def _counted(held: Mapping[str, object], name: str, one: str, many: str = "") -> str:
    number, most = _number(held, name), _number(held, f"most_{name}")
    word = one if number == 1 else many or f"{one}s"
    return f"{number} of {most} {word}" if most > 0 else f"{number} {word}"


def _advice(held: Mapping[str, object]) -> str:
    remedies = {
        "descriptors": "raise the limit of open files (`ulimit -n`) where Jupyter is started",
        "terminals": "raise kernel.pty.max",
    }
    for name, remedy in remedies.items():
        most = _number(held, f"most_{name}")
        if 0 < most * NEARLY_ALL < _number(held, name):
            return (
                f"end blocks in the background (`effecttalk jobs`, `effecttalk kill`), or {remedy}"
            )
    return ""


def _number(held: Mapping[str, object], name: str) -> int:
    value = held.get(name)
    return value if isinstance(value, int) else 0
