"""Attempts: a cell's block tried again after pauses, and what stands in for it in the end.

Each attempt is a block of its own, with its record. The pauses grow from the base delay,
doubled each time and with a part left to chance, up to the longest.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from effecttalk_kernel.block import GOOD, Block, Manner, Status
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.execution.options import BlockOptions
from effecttalk_kernel.execution.waits import Waits

Run = Callable[[str, Manner], Awaitable[Block | None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How often a block is tried, with which pauses, and after which exit statuses again."""

    attempts: int
    base_delay_seconds: float
    max_delay_seconds: float
    statuses: frozenset[int] | None
    fallback: str | None

    def goes_on(self, block: Block | None) -> bool:
        """Whether another attempt may mend what has become of *block*."""
        if block is None or block.status in {*GOOD, Status.INTERRUPTED}:
            return False
        result = block.result
        return self.statuses is None or (result is not None and result.exit_status in self.statuses)


def plan_of(options: BlockOptions, settings: Settings) -> Plan:
    """Return the plan of a cell; without `retry`, its block is tried once."""
    retry = options.retry
    if retry is None:
        return Plan(1, 0.0, 0.0, None, options.fallback)
    return Plan(
        attempts=retry.attempts or settings.error_retry_max_attempts,
        base_delay_seconds=retry.base_delay or settings.error_retry_base_delay,
        max_delay_seconds=retry.max_delay or settings.error_retry_max_delay,
        statuses=None if retry.exit is None else frozenset(retry.exit),
        fallback=options.fallback,
    )


async def attempt(code: str, manner: Manner, plan: Plan, run: Run, pauses: Waits) -> Block | None:
    """Run *code* as *plan* says, then what stands in for it if need be; return the last block.

    Raises:
        EffectTalkError: it can't be run, or the user has interrupted a pause.

    """
    block = await _tries(code, manner, plan, run, pauses)
    if plan.fallback is None or block is None or block.status in {*GOOD, Status.INTERRUPTED}:
        return block
    stand_in = replace(
        manner,
        part=block.part + 1,
        is_fallback=True,
        notice=f"fallback, after {ending(block)}",
        expected=frozenset({0}),
        program="",
    )
    return await run(plan.fallback, stand_in)


async def _tries(code: str, manner: Manner, plan: Plan, run: Run, pauses: Waits) -> Block | None:
    first = await run(code, manner)
    if first is None or plan.attempts == 1 or not plan.goes_on(first):
        return first  # as most end: they need not pay for what may follow
    return await _tries_again(first, code, manner, plan, run, pauses)


async def _tries_again(
    first: Block, code: str, manner: Manner, plan: Plan, run: Run, pauses: Waits
) -> Block | None:
    from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt, wait_exponential_jitter

    last: Block | None = None

    async def once() -> Block | None:
        nonlocal last
        if last is None:
            last = first
            return last
        number = last.part + 2 - manner.part
        notice = f"attempt {number} of {plan.attempts}, after {ending(last)}"
        last = await run(code, replace(manner, part=last.part + 1, notice=notice))
        return last

    delays = wait_exponential_jitter(
        plan.base_delay_seconds, plan.max_delay_seconds, jitter=plan.base_delay_seconds
    )
    retrying = AsyncRetrying(
        stop=stop_after_attempt(plan.attempts),
        wait=delays,
        retry=retry_if_result(plan.goes_on),
        sleep=pauses.pause,
        retry_error_callback=lambda _: last,
    )
    block: Block | None = await retrying(once)
    return block


def ending(block: Block) -> str:
    """Return how a block has ended, in a few words."""
    if block.is_timed_out:
        return block.problem
    result = block.result
    if result is None:
        return block.status.value
    return result.signal or f"exit status {result.exit_status}"
