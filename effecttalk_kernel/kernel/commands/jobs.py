"""Jobs: calls that list, await and end the background blocks of a session.

{"call": "jobs"}
{"call": "wait", "blocks": ["3", "server"]}              without blocks: all of them
{"call": "kill", "blocks": ["3"], "signal": "TERM"}      without signal: until they have ended
"""

import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from effecttalk_kernel.block import GOOD, Block, State, Status
from effecttalk_kernel.rpc.wire import CallError
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.shell import proc

Arguments = Mapping[str, object]
Answer = Mapping[str, object]
# SIGTERM lets a server clean up; SIGKILL ends what ignores it.
STEPS: Final = (signal.SIGTERM, signal.SIGKILL)


class JobCommands:
    """Answers the calls about the background blocks of a session."""

    def __init__(self, session: ShellSession) -> None:
        self._background = session.background

    @property
    def calls(self) -> Mapping[str, Callable[[Arguments], Awaitable[Answer]]]:
        """The function for each call."""
        return {"jobs": self._jobs, "wait": self._wait, "kill": self._kill}

    async def _jobs(self, _arguments: Arguments) -> Answer:
        blocks = [run.block for run in self._background.runs]
        processes = self._background.all_processes(block.number for block in blocks)
        return {"jobs": [_describe_job(block, processes[block.number]) for block in blocks]}

    async def _wait(self, arguments: Arguments) -> Answer:
        names = _read_names(arguments)
        blocks = [self._find(name) for name in names]
        if not names:
            blocks = [run.block for run in self._background.runs]
        for block in blocks:
            await self._background.wait(block.number)
        return {"blocks": [self._describe_end(block.number) for block in blocks]}

    def _describe_end(self, number: int) -> Mapping[str, Any]:
        block = self._find(str(number))
        result = block.result
        return {
            **_describe(block),
            "status": _status(block).value,
            "exit_status": None if result is None else result.exit_status,
            "signal": None if result is None else result.signal,
            "problem": block.problem,
        }

    async def _kill(self, arguments: Arguments) -> Answer:
        blocks = [self._find(name) for name in _read_names(arguments)]
        if not blocks:
            raise CallError("no blocks given: `effecttalk jobs` lists them")
        signal_number = _read_signal(arguments.get("signal"))
        return {"text": [await self._end(block, signal_number) for block in blocks]}

    async def end(self, number: int) -> None:
        """End the processes of a block.

        Raises:
            CallError: the block is unknown, or some processes are left.

        """
        self._find(str(number))
        await self._end_all(number)

    async def _end(self, block: Block, signal_number: signal.Signals | None) -> str:
        number = block.number
        if not self._background.processes(number):
            return f"block {number} has no running processes"
        if signal_number is not None:
            count = self._background.send(number, signal_number)
            return f"block {number}: sent {signal_number.name} to {_count_processes(count)}"
        # If the processes of one block are left, the other blocks are ended all the same.
        try:
            await self._end_all(number)
        except CallError as error:
            return str(error)
        return f"block {number} has ended"

    async def _end_all(self, number: int) -> None:
        """End the processes of a block; raise CallError if some are left."""
        await self._background.end(number, STEPS)
        if left := len(self._background.processes(number)):
            raise CallError(f"block {number} still has {_count_processes(left)}")

    def _find(self, name: str) -> Block:
        block = self._background.find(name)
        if block is None:
            raise CallError(
                f"no background block {name!r} in this session: `effecttalk jobs` lists them"
            )
        return block


def _describe_job(block: Block, processes: Iterable[int]) -> Mapping[str, Any]:
    return {
        **_describe(block),
        "command": _first_line(block.code),
        "started": block.started,
        "processes": [{"pid": pid, "command": proc.name(pid)} for pid in sorted(processes)],
    }


def _describe(block: Block) -> Mapping[str, Any]:
    return {"block": block.number, "name": block.spec.name or None, "status": block.status.value}


def _status(block: Block) -> Status:
    """Return the status; a failure is known before the last process is gone."""
    if block.state is State.LAUNCHED and block.result is not None:
        status = Status(block.judge(block.result).value)
        return Status.BACKGROUND if status in GOOD else status
    return block.status


def _read_names(arguments: Arguments) -> Sequence[str]:
    given = arguments.get("blocks", [])
    if not isinstance(given, list):
        raise CallError(f"invalid blocks {given!r}: give a list of numbers or names")
    return [str(name) for name in given]


def _read_signal(name: object) -> signal.Signals | None:
    if name is None:
        return None
    text = str(name).upper()
    with suppress(ValueError):
        return signal.Signals(int(text)) if text.isdecimal() else _find_signal(text)
    raise CallError(f"invalid signal {name!r}: give a name or a number, as TERM or 15")


def _find_signal(text: str) -> signal.Signals:
    try:
        return signal.Signals[text if text.startswith("SIG") else f"SIG{text}"]
    except KeyError as error:
        raise ValueError(text) from error


def _first_line(code: str) -> str:
    """Return the first line of *code* that is not an option or a comment."""
    lines = [line.strip() for line in code.split("\n")]
    return next((line for line in lines if line and not line.startswith("#")), "")


def _count_processes(count: int) -> str:
    return f"{count} process" if count == 1 else f"{count} processes"
