"""Cached: blocks whose output is shown again, instead of made again.

A block that changes the session is run every time: its output would come back, and the
change would not.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from effecttalk_kernel.block import Block, Manner, Result
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import CacheError
from effecttalk_kernel.execution.cache_entries import (
    OutputRecorder,
    RecordedOutput,
    WithoutSecrets,
    telling,
)
from effecttalk_kernel.execution.named_outputs import NamedOutputs
from effecttalk_kernel.execution.options import BlockOptions
from effecttalk_kernel.execution.waits import Waits
from effecttalk_kernel.session.events import Event
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.dialects.bash_changes import changes, declared, listed
from effecttalk_kernel.store.cache.cache import Cache
from effecttalk_kernel.store.cache.key import key_of


class CachedRuns:
    """Runs blocks that say `cache`, and an observer of what they print."""

    def __init__(
        self,
        settings: Settings,
        session: ShellSession,
        named: NamedOutputs,
        without_secrets: WithoutSecrets,
        pauses: Waits,
    ) -> None:
        self._settings = settings
        self._session = session
        self._named = named
        self._pauses = pauses
        self._cache = Cache(settings.data_directory, settings.max_cache_size)
        self._remembering = OutputRecorder(self._cache.largest_bytes, without_secrets)

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        self._remembering(block, event)

    async def run(
        self,
        code: str,
        options: BlockOptions,
        manner: Manner,
        attempt: Callable[[], Awaitable[Block | None]],
    ) -> tuple[Block | None, str | None]:
        """Return the block, and why its output was not stored, if it was not.

        Raises:
            EffectTalkError: it can't be run, or what it depends on can't be read.

        """
        assert options.cache is not None
        key = await self._key(code, options, manner)
        found = await asyncio.to_thread(
            self._cache.find, key, now=time.time(), expires_seconds=options.cache.expires
        )
        if found is not None:
            result = Result(found.exit_status, found.pipestatus)
            return self._session.replay(code, manner, found.output, result, found.block), None
        before = Snapshot(await self._session.snapshot())
        self._remembering.expect()
        block = await attempt()
        remembered = self._remembering.take(block)
        problem = remembered.problem or await self._change(key, before, code, options, manner)
        return block, problem or await self._store(key, remembered)

    async def _key(self, code: str, options: BlockOptions, manner: Manner) -> str:
        assert options.cache is not None
        names = options.cache.variables
        variables = declared(await self._session.snapshot(), names) if names else {}
        parts: Mapping[str, Any] = {
            "code": code,
            "cwd": manner.cwd or self._session.cwd,
            "shell": self._settings.shell,
            "inputs": options.cache.inputs,
            "variables": variables,
            "needs": {name: Path(self._named.output(name)) for name in options.needs},
            "options": telling(manner, self._settings),
        }
        return await self._pauses.during(asyncio.to_thread(key_of, **parts))

    async def _change(
        self, key: str, before: Snapshot, code: str, options: BlockOptions, manner: Manner
    ) -> str | None:
        """Return what the block has changed that its output does not bring back, if anything."""
        changed = _changes(before, Snapshot(await self._session.snapshot()))
        if changed:
            return f"it changes the session: {changed}"
        if await self._key(code, options, manner) != key:
            return "what it depends on has changed while it ran"
        return None

    async def _store(self, key: str, remembered: RecordedOutput) -> str | None:
        """Store what a block printed; return why that was not possible, if it was not."""
        try:
            await asyncio.to_thread(self._keep, key, remembered)
        except CacheError as error:
            return str(error)
        return None

    def _keep(self, key: str, remembered: RecordedOutput) -> None:
        self._cache.keep(remembered.entry(key))


def _changes(before: Snapshot, after: Snapshot) -> str:
    """Return in what two states differ, in words."""
    old, new = before.steps, after.steps
    if old == new:
        return ""
    found = changes(b"".join(old), b"".join(new))
    return "; ".join(f"{kind} {listed(names)}".strip() for kind, names in found.items())
