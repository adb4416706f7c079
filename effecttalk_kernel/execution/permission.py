"""Permission: whether a block may run, by the limits, the policy and the user's answer."""

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import RefusedError
from effecttalk_kernel.execution.delays import Waits
from effecttalk_kernel.session.session import ShellSession

if TYPE_CHECKING:
    from effecttalk_kernel.execution.options import BlockOptions
    from effecttalk_kernel.safety.policy.policy import Verdict
    from effecttalk_kernel.safety.policy_process import PolicyChecker

YES_ANSWERS: Final = frozenset({"y", "yes"})
NO_USER_REASON: Final = (
    "confirmation is required, but no front end can ask: set headless_confirm to accept to run it"
)


class Confirmation:
    """Asks the user one yes/no question before a block runs."""

    def __init__(self, ask: Callable[[str, str | None], None], end: Callable[[], None]) -> None:
        self._ask = ask
        self._end = end
        self._answer: asyncio.Future[bool] | None = None

    async def confirm(self, question: str, cell: str | None) -> bool:
        """Ask for *cell*, and return whether the answer is yes; an interrupt means no."""
        self._answer = asyncio.get_running_loop().create_future()
        self._ask(f"{question} [y/N] ", cell)
        try:
            return await self._answer
        finally:
            self._answer = None
            self._end()

    def answer(self, text: str) -> bool:
        """Take an answer; return whether a question was open."""
        if self._answer is None:
            return False
        if not self._answer.done():
            self._answer.set_result(text.strip().lower() in YES_ANSWERS)
        return True

    def give_up(self) -> None:
        """Answer "no" because the user interrupted or cannot be reached."""
        self.answer("")


class PermissionCheck:
    """Checks every block before it runs."""

    def __init__(
        self, settings: Settings, session: ShellSession, confirmation: Confirmation, waits: Waits
    ) -> None:
        self._settings = settings
        self._session = session
        self._confirmation = confirmation
        self._waits = waits

    async def check(
        self, code: str, options: "BlockOptions | None", cell: str | None, *, is_interactive: bool
    ) -> None:
        """Check that a block of *cell* may run; ask the user where that is required.

        Raises:
            RefusedError: it may not run; the message is the reason.
            BlockError: the check was interrupted.

        """
        self._check_limits(code, options)
        questions: list[str] = []
        if self._policy_checker is not None:
            verdict = await self._apply_policy(self._policy_checker, _collect_code(code, options))
            if verdict.action == "deny":
                raise RefusedError(verdict.reason)
            if verdict.action == "confirm":
                questions.append(verdict.reason)
        if options is not None and options.confirm:
            questions.append(options.confirm)
        for question in questions:
            await self._confirm(question, cell, is_interactive=is_interactive)

    async def _apply_policy(self, checker: "PolicyChecker", code: str) -> "Verdict":
        # Imported here, where its module has been imported already.
        from effecttalk_kernel.safety.policy_process import LARGE_CHARACTERS

        if len(code) <= LARGE_CHARACTERS:
            return checker.check(code)
        return await self._waits.wait_for(checker.check_in_process(code))

    def _check_limits(self, code: str, options: "BlockOptions | None") -> None:
        limit = self._settings.max_command_length
        size = len(code) if len(code) > limit else len(code.encode(errors="replace"))
        if size > limit:
            raise RefusedError(f"the cell has {size:,} bytes, but max_command_length is {limit:,}")
        if options is None or not options.background:
            return
        count, limit = len(self._session.background.runs), self._settings.max_concurrent_processes
        if count >= limit:
            raise RefusedError(
                f"{count} blocks run in the background (max_concurrent_processes): wait"
                " for some with `effecttalk wait`, or end them with `effecttalk kill`"
            )

    async def _confirm(self, question: str, cell: str | None, *, is_interactive: bool) -> None:
        if not is_interactive:
            if self._settings.headless_confirm != "accept":
                raise RefusedError(f"{NO_USER_REASON}: {question}")
        elif not await self._confirmation.confirm(question, cell):
            raise RefusedError(f"not confirmed: {question}")

    @cached_property
    def _policy_checker(self) -> "PolicyChecker | None":
        settings = self._settings
        patterns = (settings.policy_deny, settings.policy_confirm, settings.policy_allow)
        if not any(patterns) and settings.policy_default == "allow" and not settings.read_only:
            return None
        # Imported here: few sessions have a policy.
        from effecttalk_kernel.safety.policy_process import PolicyChecker, PolicyRules

        return PolicyChecker(PolicyRules(*patterns, settings.policy_default, settings.read_only))


def _collect_code(code: str, options: "BlockOptions | None") -> str:
    """Return everything that a cell may run, as shell code."""
    if options is None:
        return code
    program = f"\n{options.shell} block" if options.shell else ""
    fallback = f"\n{options.fallback}" if options.fallback else ""
    return f"{code}{program}{fallback}"
