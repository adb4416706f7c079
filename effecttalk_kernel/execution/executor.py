"""Execution: the code of a cell as blocks, in the way that its options and the settings say."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from effecttalk_kernel.block import GOOD, Block, Manner
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import RefusedError
from effecttalk_kernel.execution.confirmation import Confirmation
from effecttalk_kernel.execution.metadata import Metadata
from effecttalk_kernel.execution.named_outputs import NamedOutputs
from effecttalk_kernel.execution.permission import PermissionCheck
from effecttalk_kernel.execution.run_spec import manner_of
from effecttalk_kernel.execution.waits import Waits
from effecttalk_kernel.session.events import Event
from effecttalk_kernel.session.session import ShellSession

if TYPE_CHECKING:
    from effecttalk_kernel.execution.cache_entries import WithoutSecrets
    from effecttalk_kernel.execution.cached_run import CachedRuns
    from effecttalk_kernel.execution.options import BlockOptions, Defaults


@dataclass(frozen=True, slots=True)
class ExecutorParts:
    """What execution needs of its kernel.

    *prepare* is called before a block runs; *settled* waits until one that has ended is
    shown and kept; *say* shows a line in the cell that runs; *ask* asks the user, until
    *asked* is called.
    """

    settings: Settings
    session: ShellSession
    named: NamedOutputs
    ask: Callable[[str], None]
    asked: Callable[[], None]
    say: Callable[[str], None]
    without_secrets: "WithoutSecrets"
    prepare: Callable[[], None]
    settled: Callable[[], Awaitable[None]]


class Executor:
    """Runs one cell at a time: its block, attempts, fallback, and blocks that it asks for."""

    def __init__(self, parts: ExecutorParts) -> None:
        self._parts = parts
        self._confirming = Confirmation(parts.ask, parts.asked)
        self._pauses = Waits()
        self._guard = PermissionCheck(parts.settings, parts.session, self._confirming, self._pauses)
        self._metadata = Metadata(parts.settings.notebook_path)
        self._next: deque[str] = deque()
        self._count = 0  # blocks of the cell that runs

    async def run(self, code: str, cell: object, *, is_interactive: bool) -> Block | None:
        """Run a cell with this code and metadata; returns its last block, None: it has none.

        Raises:
            EffectTalkError: it can't be run.

        """
        self._next.clear()
        self._count = 0
        defaults = self._metadata.defaults(cell)
        block = await self._run(code, defaults, is_interactive=is_interactive)
        while self._next and (block is None or block.status in GOOD):
            block = await self._run(self._next.popleft(), (), is_interactive=is_interactive)
        return block

    def run_next(self, code: str) -> None:
        """Run one more block in the cell that runs."""
        self._next.append(code)

    def answer(self, text: str) -> bool:
        """Take what the user types; returns whether it was asked for here."""
        return self._confirming.answer(text)

    def give_up_asking(self) -> None:
        """Go on as without a front end: it cannot be reached."""
        self._confirming.give_up()

    def interrupt(self) -> None:
        """Make the cell stop where no block runs."""
        self._confirming.give_up()
        self._pauses.interrupt()

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        if "_cached" in vars(self):
            self._cached(block, event)

    async def _run(
        self, code: str, defaults: Sequence["Defaults"], *, is_interactive: bool
    ) -> Block | None:
        parts = self._parts
        options = _options(code, defaults)
        manner = manner_of(
            code,
            options,
            parts.settings,
            is_interactive=is_interactive,
            here=parts.session.cwd,
        )
        parts.named.check(() if options is None else options.needs)
        parts.prepare()
        if options is not None and options.shell:
            # Not at start: few blocks have one.
            from effecttalk_kernel.execution.programs import check_program

            await check_program(options.shell, parts.session)
        manner = replace(manner, part=self._count + 1, exports=parts.named.variables)
        try:
            await self._guard.check(code, options, is_interactive=is_interactive)
        except RefusedError as error:
            block: Block | None = parts.session.refuse(code, manner, str(error))
        else:
            block = await self._attempt(code, options, manner)
        self._count = self._count if block is None else block.part
        await parts.settled()
        return block

    async def _attempt(
        self, code: str, options: "BlockOptions | None", manner: Manner
    ) -> Block | None:
        if options is None or options.cache is None:
            return await self._try(code, options, manner)
        block, problem = await self._cached.run(
            code, options, manner, lambda: self._try(code, options, manner)
        )
        if problem and block is not None and block.status in GOOD:
            self._parts.say(f"effecttalk: not kept in the cache: {problem}")
        return block

    async def _try(self, code: str, options: "BlockOptions | None", manner: Manner) -> Block | None:
        run = self._parts.session.run
        if options is None or not (options.retry or options.fallback):
            return await run(code, manner)
        # Not at start: few cells are tried again.
        from effecttalk_kernel.execution.retry import attempt, plan_of

        plan = plan_of(options, self._parts.settings)
        return await attempt(code, manner, plan, run, self._pauses)

    @cached_property
    def _cached(self) -> "CachedRuns":
        # Not at start: few cells are cached.
        from effecttalk_kernel.execution.cached_run import CachedRuns

        parts = self._parts
        return CachedRuns(
            parts.settings, parts.session, parts.named, parts.without_secrets, self._pauses
        )


def _options(code: str, defaults: Sequence["Defaults"]) -> "BlockOptions | None":
    if not defaults and not code.startswith("#|"):
        return None
    # Not at start: few cells have options.
    from effecttalk_kernel.execution.options import read_options

    return read_options(code, defaults)
