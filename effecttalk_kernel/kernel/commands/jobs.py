"""Jobs: calls about the blocks of a session that are in the background.

{"call": "jobs"}
{"call": "wait", "blocks": ["3", "server"]}                  none: all there are
{"call": "kill", "blocks": ["3"], "signal": "TERM"}          none: until they are gone
"""

import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from effecttalk_kernel.block import GOOD, Block, State, Status
from effecttalk_kernel.rpc.wire import CallError
from effecttalk_kernel.session.session import ShellSession

Arguments = Mapping[str, object]
Answer = Mapping[str, object]
# A server tidies up on SIGTERM; who is asleep under nohup hears nothing else.
STEPS: Final = (signal.SIGTERM, signal.SIGKILL)


class Jobs:
    """Answers the calls, by what the session has in the background."""

    def __init__(self, session: ShellSession) -> None:
        self._background = session.background

    @property
    def calls(self) -> Mapping[str, Callable[[Arguments], Awaitable[Answer]]]:
        """What answers each call."""
        return {"jobs": self._jobs, "wait": self._wait, "kill": self._kill}

    async def _jobs(self, _arguments: Arguments) -> Answer:
        blocks = [run.block for run in self._background.runs]
        found = self._background.all_processes(block.number for block in blocks)
        return {"jobs": [_job(block, found[block.number]) for block in blocks]}

    async def _wait(self, arguments: Arguments) -> Answer:
        names = _names(arguments)
        blocks = [self._found(name) for name in names]
        if not names:
            blocks = [run.block for run in self._background.runs]
        for block in blocks:
            await self._background.wait(block.number)
        return {"blocks": [self._ending(block.number) for block in blocks]}

    def _ending(self, number: int) -> Mapping[str, Any]:
        block = self._found(str(number))
        result = block.result
        return {
            **_known(block),
            "status": _status(block).value,
            "exit_status": None if result is None else result.exit_status,
            "signal": None if result is None else result.signal,
            "problem": block.problem,
        }

    async def _kill(self, arguments: Arguments) -> Answer:
        blocks = [self._found(name) for name in _names(arguments)]
        if not blocks:
            raise CallError("name the blocks to end: see `effecttalk jobs`")
        sent = _signal(arguments.get("signal"))
        return {"text": [await self._end(block, sent) for block in blocks]}

    async def end(self, number: int) -> None:
        """End the processes of a block; raises CallError when they can't be."""
        self._found(str(number))
        await self._end_all(number)

    async def _end(self, block: Block, sent: signal.Signals | None) -> str:
        number = block.number
        if not self._background.processes(number):
            return f"block {number}: no process of it is left"
        if sent is not None:
            count = self._background.send(number, sent)
            return f"block {number}: {sent.name} sent to {_counted(count)}"
        # Of several blocks, one whose processes are left does not keep the others running.
        try:
            await self._end_all(number)
        except CallError as error:
            return str(error)
        return f"block {number}: ended"

    async def _end_all(self, number: int) -> None:
        """End the processes of a block; raises CallError when some are left."""
        await self._background.end(number, STEPS)
        if left := len(self._background.processes(number)):
            raise CallError(f"block {number}: {_counted(left)} can't be ended")

    def _found(self, name: str) -> Block:
        block = self._background.find(name)
        if block is None:
            raise CallError(
                f"no block {name!r} is, or was, in the background of this session:"
                " see `effecttalk jobs`"
            )
        return block


def _job(block: Block, processes: Iterable[int]) -> Mapping[str, Any]:
    return {
        **_known(block),
        "command": _first_line(block.code),
        "started": block.started,
        "processes": [{"pid": pid, "command": _name(pid)} for pid in sorted(processes)],
    }


def _known(block: Block) -> Mapping[str, Any]:
    return {"block": block.number, "name": block.spec.name or None, "status": block.status.value}


def _status(block: Block) -> Status:
    """Return the status, which is known before the last process is gone if it is a failure."""
    if block.state is State.LAUNCHED and block.result is not None:
        status = Status(block.judge(block.result).value)
        return Status.BACKGROUND if status in GOOD else status
    return block.status


def _names(arguments: Arguments) -> Sequence[str]:
    given = arguments.get("blocks", [])
    if not isinstance(given, list):
        raise CallError(f"blocks must be numbers or names, not {given!r}")
    return [str(name) for name in given]


def _signal(name: object) -> signal.Signals | None:
    if name is None:
        return None
    text = str(name).upper()
    with suppress(ValueError):
        return signal.Signals(int(text)) if text.isdecimal() else _named(text)
    raise CallError(f"there is no signal {name!r}: as in TERM, INT, KILL, 9")


def _named(text: str) -> signal.Signals:
    try:
        return signal.Signals[text if text.startswith("SIG") else f"SIG{text}"]
    except KeyError as error:
        raise ValueError(text) from error


def _first_line(code: str) -> str:
    """Return the first line of code that is no option and no comment."""
    lines = [line.strip() for line in code.split("\n")]
    return next((line for line in lines if line and not line.startswith("#")), "")


def _name(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").rstrip("\n")
    return ""


def _counted(count: int) -> str:
    return f"{count} process" if count == 1 else f"{count} processes"
