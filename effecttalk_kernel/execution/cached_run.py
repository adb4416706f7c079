"""Cached runs: show a block's stored output instead of running it again.

A block that changes the session is never cached, because showing its output again would not
bring that change back. Neither is one whose output depends on a user, a signal or a process
that still runs.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from effecttalk_kernel.block import Answerer, Block, Result, RunSpec, ShellFate, Status
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import CacheError
from effecttalk_kernel.execution.delays import Waits
from effecttalk_kernel.execution.named_outputs import NamedOutputs
from effecttalk_kernel.execution.options import BlockOptions
from effecttalk_kernel.session.events import CellRequest, Event, Finished, OutputRead, Started
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.dialects.bash_changes import (
    find_changes,
    find_declarations,
    join_names,
)
from effecttalk_kernel.store.cache.cache import Cache
from effecttalk_kernel.store.cache.entry import PIECE_OVERHEAD_BYTES, Entry
from effecttalk_kernel.store.cache.key import compute_key
from effecttalk_kernel.store.masked import MaskedBytes

# The escape sequence of `display`: it has the session's token, which no other session accepts.
DISPLAY_SEQUENCE: Final = b"\x1b]5522;"
NOT_RUN: Final = "nothing has run"

# What a block wrote: streams and bytes, in order.
Pieces = Sequence[tuple[str, bytes]]
# Returns the pieces if there is no secret in them, else None.
WithoutSecrets = Callable[[Pieces], tuple[tuple[str, MaskedBytes], ...] | None]


class CachedRuns:
    """Runs the blocks of cells with the option `cache`."""

    def __init__(
        self,
        settings: Settings,
        session: ShellSession,
        named: NamedOutputs,
        without_secrets: WithoutSecrets,
        waits: Waits,
    ) -> None:
        self._settings = settings
        self._session = session
        self._named = named
        self._without_secrets = without_secrets
        self._waits = waits
        self._cache = Cache(settings.data_directory, settings.max_cache_size)

    async def run(
        self,
        code: str,
        options: BlockOptions,
        spec: RunSpec,
        request: CellRequest,
        attempt: Callable[[], Awaitable[Block | None]],
    ) -> tuple[Block | None, str | None]:
        """Return the block, and why its output was not stored, if it was not.

        Raises:
            EffectTalkError: the block cannot run, or a file that it depends on cannot be read.

        """
        assert options.cache is not None
        key = await self._make_key(code, options, spec)
        found = await asyncio.to_thread(
            self._cache.find, key, now=time.time(), expires_seconds=options.cache.expires
        )
        if found is not None:
            result = Result(found.exit_status, found.pipestatus)
            replayed = self._session.replay(code, spec, request, found.output, result, found.block)
            return replayed, None
        before = await self._session.state()
        recorder = OutputRecorder(self._cache.max_entry_bytes, self._without_secrets)
        self._session.observers.add(recorder)
        try:
            block = await attempt()
        finally:
            self._session.observers.remove(recorder)
        recorded = recorder.take(block)
        problem = recorded.problem or await self._find_change(key, before, code, options, spec)
        return block, problem or await self._store(key, recorded)

    async def _make_key(self, code: str, options: BlockOptions, spec: RunSpec) -> str:
        assert options.cache is not None
        names = options.cache.variables
        state = await self._session.state() if names else Snapshot()
        variables = find_declarations(state.parts[0], names)
        parts: Mapping[str, Any] = {
            "code": code,
            "cwd": spec.cwd or self._session.cwd,
            "shell": self._settings.shell,
            "inputs": options.cache.inputs,
            "variables": variables,
            "needs": {name: Path(self._named.output_path(name)) for name in options.needs},
            "options": build_key_options(spec, self._settings),
        }
        return await self._waits.wait_for(asyncio.to_thread(compute_key, **parts))

    async def _find_change(
        self, key: str, before: Snapshot, code: str, options: BlockOptions, spec: RunSpec
    ) -> str | None:
        """Return what the block has changed that its output does not bring back, if anything."""
        changed = _describe_changes(before, await self._session.state())
        if changed:
            return f"it changes the session: {changed}"
        if await self._make_key(code, options, spec) != key:
            return "its inputs changed while it ran"
        return None

    async def _store(self, key: str, recorded: "RecordedOutput") -> str | None:
        """Store what a block printed; return why that was not possible, if it was not."""
        try:
            await asyncio.to_thread(lambda: self._cache.store(recorded.make_entry(key)))
        except CacheError as error:
            return str(error)
        return None


def build_key_options(spec: RunSpec, settings: Settings) -> dict[str, object]:
    """Return the parts of a cache key that say how the block runs, as far as output depends."""
    return {
        "answers": spec.input.given,
        "columns": settings.columns,
        "env": dict(spec.env),
        "expected": None if spec.expected is None else sorted(spec.expected),
        "is_merged": spec.is_merged,
        "is_piped": bool(spec.mime),
        "is_strict": spec.is_strict,
        "program": spec.program,
        "rows": settings.rows,
    }


class OutputRecorder:
    """An observer that records what the blocks of one cell print; only the last one counts."""

    def __init__(self, max_bytes: int, without_secrets: WithoutSecrets) -> None:
        self._max_bytes = max_bytes
        self._without_secrets = without_secrets
        self._recording: _Recording | None = None

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        if isinstance(event, Started):
            self._recording = _Recording(block.number, self._max_bytes)
        elif self._recording is not None and self._recording.number == block.number:
            self._recording.observe(event)

    def take(self, block: Block | None) -> "RecordedOutput":
        """Return the output of *block*, which has ended, and forget it."""
        recording, self._recording = self._recording, None
        if block is None or recording is None or recording.number != block.number:
            return RecordedOutput(block, (), self._without_secrets, NOT_RUN)
        problem = _find_problem(block) or recording.problem
        return RecordedOutput(block, recording.output, self._without_secrets, problem)


@dataclass(frozen=True, slots=True)
class RecordedOutput:
    """What a block has printed; *problem* is why that cannot be stored, None if it can."""

    block: Block | None
    output: Pieces
    without_secrets: WithoutSecrets
    problem: str | None

    def make_entry(self, key: str) -> Entry:
        """Return the cache entry; looking for secrets takes a while.

        Raises:
            CacheError: the output cannot be stored; the message is only the reason.

        """
        block = self.block
        if self.problem or block is None or block.result is None:
            raise CacheError(self.problem or NOT_RUN)
        if any(DISPLAY_SEQUENCE in data for data in self._join_streams()):
            raise CacheError("it uses `display`")
        output = self.without_secrets(self.output)
        if output is None:
            raise CacheError("it printed secrets")
        return Entry(
            key=key,
            block=block.identity,
            made=block.started if block.ended is None else block.ended,
            exit_status=block.result.exit_status,
            pipestatus=block.result.pipestatus,
            output=output,
        )

    def _join_streams(self) -> list[bytes]:
        """Return the whole of each stream, because a sequence may lie across two pieces."""
        names = dict.fromkeys(name for name, _ in self.output)
        return [b"".join(data for name, data in self.output if name == each) for each in names]


class _Recording:
    """What one block has printed so far, unless it is too much."""

    def __init__(self, number: int, max_bytes: int) -> None:
        self.number = number
        self.problem: str | None = None
        self._max_bytes = max_bytes
        self._room_bytes = max_bytes
        self._pieces: list[tuple[str, bytearray]] = []
        self._has_ended = False

    @property
    def output(self) -> Pieces:
        """The names of streams and their bytes, in order."""
        return tuple((name, bytes(data)) for name, data in self._pieces)

    def observe(self, event: Event) -> None:
        """Record *event* if it is output."""
        match event:
            case OutputRead() if self._has_ended:
                self._give_up("output followed after it had ended")
            case OutputRead(stream, data) if not self.problem:
                self._add(stream.value, data)
            case Finished():
                self._has_ended = True

    def _add(self, stream: str, data: bytes) -> None:
        if not self._pieces or self._pieces[-1][0] != stream:
            self._pieces.append((stream, bytearray()))
            self._room_bytes -= PIECE_OVERHEAD_BYTES
        self._room_bytes -= len(data)
        if self._room_bytes < 0:
            self._give_up(f"it printed more than {self._max_bytes:,} bytes")
        else:
            self._pieces[-1][1].extend(data)

    def _give_up(self, problem: str) -> None:
        self.problem = self.problem or problem
        self._pieces.clear()


def _find_problem(block: Block) -> str | None:
    """Return why this block cannot be stored whatever it printed, None if it can."""
    if block.spec.is_fallback:
        return "its fallback ran"
    if block.has_writers:
        return "processes that it started are still running"
    if block.status is not Status.SUCCESS:
        return "it did not succeed"
    if block.shell is not ShellFate.KEPT:
        return "its shell was replaced"
    if block.signals_sent:
        return f"it was sent {block.signals_sent[0]}"
    if block.spec.tty:
        return "it ran with `tty: true` or `effecttalk attach`"
    # The key does not say whether a user could be asked.
    if any(asked.answered_by is not Answerer.OPTIONS for asked in block.asked):
        return "it asked for input"
    return None


def _describe_changes(before: Snapshot, after: Snapshot) -> str:
    """Describe the differences between two states, "" if there are none."""
    if before.identity == after.identity:
        return ""
    found = find_changes(before.parts, after.parts)
    return "; ".join(f"{kind} {join_names(names)}".strip() for kind, names in found.items())
