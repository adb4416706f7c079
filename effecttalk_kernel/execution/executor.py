"""Executor: runs the code of a cell as blocks, in the way that its options and settings say."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from effecttalk_kernel.block import GOOD, Block, RunSpec
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import RefusedError
from effecttalk_kernel.execution.delays import Waits
from effecttalk_kernel.execution.line_ends import normalize_line_ends
from effecttalk_kernel.execution.metadata import Metadata
from effecttalk_kernel.execution.named_outputs import NamedOutputs
from effecttalk_kernel.execution.permission import Confirmation, PermissionCheck
from effecttalk_kernel.execution.run_spec import check_program, make_run_spec
from effecttalk_kernel.session.events import CellRequest
from effecttalk_kernel.session.session import ShellSession

if TYPE_CHECKING:
    from effecttalk_kernel.execution.cached_run import CachedRuns, WithoutSecrets
    from effecttalk_kernel.execution.options import BlockOptions, DefaultOptions


@dataclass(frozen=True, slots=True)
class ExecutorParts:
    """What the executor needs from the kernel.

    *prepare* is called before a block runs; *wait_until_written* waits until a block that has
    ended is shown and saved; *say* shows a line in the cell that runs; *ask* asks the user for
    a cell, until *end_question* is called.
    """

    settings: Settings
    session: ShellSession
    named: NamedOutputs
    ask: Callable[[str, str | None], None]
    end_question: Callable[[], None]
    say: Callable[[CellRequest, str], None]
    without_secrets: "WithoutSecrets"
    prepare: Callable[[], None]
    wait_until_written: Callable[[], Awaitable[None]]


class Executor:
    """Runs one cell at a time: its block, retries, fallback, and blocks that it asks for."""

    def __init__(self, parts: ExecutorParts) -> None:
        self._parts = parts
        self._confirmation = Confirmation(parts.ask, parts.end_question)
        self._waits = Waits()
        self._permission = PermissionCheck(
            parts.settings, parts.session, self._confirmation, self._waits
        )
        self._metadata = Metadata(parts.settings.notebook_path)
        # Of the cell that runs:
        self._next: deque[str] = deque()
        self._count = 0  # of its blocks so far
        self._request = CellRequest()

    async def run(
        self, code: str, metadata: object, request: CellRequest, *, is_interactive: bool
    ) -> Block | None:
        """Run a cell and return its last block, None if the code holds no command.

        Raises:
            EffectTalkError: a block cannot run.

        """
        self._next.clear()
        self._count = 0
        self._request = request
        defaults = self._metadata.list_defaults(metadata)
        block = await self._run(code, defaults, is_interactive=is_interactive)
        while self._next and (block is None or block.status in GOOD):
            block = await self._run(self._next.popleft(), (), is_interactive=is_interactive)
        return block

    def run_next(self, code: str) -> None:
        """Run one more block in the cell that runs."""
        self._next.append(code)

    def answer(self, text: str) -> bool:
        """Take what the user typed; return whether the executor had asked for it."""
        return self._confirmation.answer(text)

    def give_up_asking(self) -> None:
        """Continue headless because the front end cannot be reached."""
        self._confirmation.give_up()

    def interrupt(self) -> None:
        """Stop the cell while no block of it runs."""
        self._confirmation.give_up()
        self._waits.interrupt()

    async def _run(
        self, code: str, defaults: Sequence["DefaultOptions"], *, is_interactive: bool
    ) -> Block | None:
        parts = self._parts
        code = normalize_line_ends(code)
        options = _read_options(code, defaults)
        spec = make_run_spec(
            code,
            options,
            parts.settings,
            is_interactive=is_interactive,
            session_cwd=parts.session.cwd,
        )
        parts.named.check(() if options is None else options.needs)
        parts.prepare()
        if spec.program:
            await check_program(spec.program, parts.session)
        spec = replace(spec, part=self._count + 1, exports=parts.named.variables)
        try:
            await self._permission.check(
                code, options, self._request.cell, is_interactive=is_interactive
            )
        except RefusedError as error:
            block: Block | None = parts.session.refuse(code, spec, self._request, str(error))
        else:
            block = await self._run_or_replay(code, options, spec)
        self._count = self._count if block is None else block.spec.part
        await parts.wait_until_written()
        return block

    async def _run_or_replay(
        self, code: str, options: "BlockOptions | None", spec: RunSpec
    ) -> Block | None:
        if options is None or options.cache is None:
            return await self._run_and_retry(code, options, spec)
        block, problem = await self._cached_runs.run(
            code, options, spec, self._request, lambda: self._run_and_retry(code, options, spec)
        )
        if problem and block is not None and block.status in GOOD:
            self._parts.say(self._request, f"effecttalk: not stored in the cache: {problem}")
        return block

    async def _run_and_retry(
        self, code: str, options: "BlockOptions | None", spec: RunSpec
    ) -> Block | None:
        run = partial(self._parts.session.run, request=self._request)
        if options is None or not (options.retry or options.fallback):
            return await run(code, spec)
        # Imported here: few cells are tried again.
        from effecttalk_kernel.execution.retry import make_plan, run_with_retries

        plan = make_plan(options, self._parts.settings)
        return await run_with_retries(code, spec, plan, run, self._waits)

    @cached_property
    def _cached_runs(self) -> "CachedRuns":
        # Imported here: few cells are cached.
        from effecttalk_kernel.execution.cached_run import CachedRuns

        parts = self._parts
        return CachedRuns(
            parts.settings, parts.session, parts.named, parts.without_secrets, self._waits
        )


def _read_options(code: str, defaults: Sequence["DefaultOptions"]) -> "BlockOptions | None":
    if not defaults and not code.startswith("#|"):
        return None
    # Imported here: few cells have options.
    from effecttalk_kernel.execution.options import read_options

    return read_options(code, defaults)
