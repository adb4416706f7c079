"""Retry: runs a block again when it fails, after delays, and its fallback in the end.

Each attempt is a block of its own, with its own record. The delays grow from the base delay
to the longest: each is doubled and has a random part.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from effecttalk_kernel.block import GOOD, Block, Outcome, RunSpec, Status
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.execution.delays import Waits
from effecttalk_kernel.execution.options import BlockOptions

Run = Callable[[str, RunSpec], Awaitable[Block | None]]


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """How often a block is tried, with which delays, and after which exit statuses."""

    attempts: int
    base_delay_seconds: float
    max_delay_seconds: float
    statuses: frozenset[int] | None  # None: all but success
    fallback: str | None

    def allows_retry(self, block: Block | None) -> bool:
        """Whether another attempt may succeed where *block* has failed."""
        if block is None or block.status in {*GOOD, Status.INTERRUPTED}:
            return False
        result = block.result
        return self.statuses is None or (result is not None and result.exit_status in self.statuses)


def make_plan(options: BlockOptions, settings: Settings) -> RetryPlan:
    """Return the plan of a cell; without `retry`, its block is tried once."""
    retry = options.retry
    if retry is None:
        return RetryPlan(1, 0.0, 0.0, None, options.fallback)
    return RetryPlan(
        attempts=retry.attempts or settings.error_retry_max_attempts,
        base_delay_seconds=retry.base_delay or settings.error_retry_base_delay,
        max_delay_seconds=retry.max_delay or settings.error_retry_max_delay,
        statuses=None if retry.exit is None else frozenset(retry.exit),
        fallback=options.fallback,
    )


async def run_with_retries(
    code: str, spec: RunSpec, plan: RetryPlan, run: Run, waits: Waits
) -> Block | None:
    """Run *code* as *plan* says, then the fallback if it failed; return the last block.

    Raises:
        EffectTalkError: a block cannot run, or an interrupt ended a delay.

    """
    block = await run(code, spec)
    if plan.attempts > 1 and plan.allows_retry(block):  # most blocks need not pay for more
        assert block is not None
        block = await _retry(block, code, spec, plan, run, waits)
    if plan.fallback is None or block is None or block.status in {*GOOD, Status.INTERRUPTED}:
        return block
    fallback = replace(
        spec,
        part=block.spec.part + 1,
        is_fallback=True,
        notice=f"fallback, after {describe_end(block)}",
        expected=frozenset({0}),
        program="",
    )
    return await run(plan.fallback, fallback)


async def _retry(
    first: Block, code: str, spec: RunSpec, plan: RetryPlan, run: Run, waits: Waits
) -> Block | None:
    from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt, wait_exponential_jitter

    last: Block | None = None

    async def run_once() -> Block | None:
        nonlocal last
        if last is None:
            last = first
            return last
        number = last.spec.part + 2 - spec.part
        notice = f"attempt {number} of {plan.attempts}, after {describe_end(last)}"
        last = await run(code, replace(spec, part=last.spec.part + 1, notice=notice))
        return last

    delays = wait_exponential_jitter(
        plan.base_delay_seconds, plan.max_delay_seconds, jitter=plan.base_delay_seconds
    )
    retrying = AsyncRetrying(
        stop=stop_after_attempt(plan.attempts),
        wait=delays,
        retry=retry_if_result(plan.allows_retry),
        sleep=waits.sleep,
        retry_error_callback=lambda _: last,
    )
    block: Block | None = await retrying(run_once)
    return block


def describe_end(block: Block) -> str:
    """Describe in a few words how a block has ended."""
    if block.outcome is Outcome.TIMED_OUT:
        return block.problem
    result = block.result
    if result is None:
        return block.status.value
    return result.signal or f"exit status {result.exit_status}"
