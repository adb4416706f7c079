"""Guard: whether a block may run, by its length, the policy and the user's own word."""

from functools import cached_property
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.errors import RefusedError
from effecttalk_kernel.execution.confirmation import Confirmation
from effecttalk_kernel.execution.waits import Waits
from effecttalk_kernel.session.session import ShellSession

if TYPE_CHECKING:
    from effecttalk_kernel.execution.options import BlockOptions
    from effecttalk_kernel.safety.policy.policy import Verdict
    from effecttalk_kernel.safety.policy_process import Judge

NOBODY: Final = "it is to be confirmed, and nobody can be asked here (headless_confirm)"


class PermissionCheck:
    """Looks at every block before it runs."""

    def __init__(
        self, settings: Settings, session: ShellSession, confirming: Confirmation, pauses: Waits
    ) -> None:
        self._settings = settings
        self._session = session
        self._confirming = confirming
        self._pauses = pauses

    async def check(
        self, code: str, options: "BlockOptions | None", *, is_interactive: bool
    ) -> None:
        """Ask whether a block may run.

        Raises:
            RefusedError: it may not; the message is the reason.
            BlockError: it was interrupted.

        """
        self._check_limits(code, options)
        questions: list[str] = []
        if self._judge is not None:
            verdict = await self._verdict(self._judge, _judged(code, options))
            if verdict.action == "deny":
                raise RefusedError(verdict.reason)
            if verdict.action == "confirm":
                questions.append(verdict.reason)
        if options is not None and options.confirm:
            questions.append(options.confirm)
        for question in questions:
            await self._confirm(question, is_interactive=is_interactive)

    async def _verdict(self, judge: "Judge", code: str) -> "Verdict":
        # The number is its module's, which is imported already.
        from effecttalk_kernel.safety.policy_process import LARGE

        if len(code) <= LARGE:
            return judge.judge(code)
        return await self._pauses.during(judge.judge_apart(code))

    def _check_limits(self, code: str, options: "BlockOptions | None") -> None:
        most = self._settings.max_command_length
        size = len(code) if len(code) > most else len(code.encode(errors="replace"))
        if size > most:
            raise RefusedError(
                f"the cell has {size:,} bytes, {most:,} are allowed (max_command_length)"
            )
        if options is None or not options.background:
            return
        count, most = len(self._session.background.runs), self._settings.max_concurrent_processes
        if count >= most:
            raise RefusedError(
                f"{count} blocks are in the background already (max_concurrent_processes): wait"
                " for some with `effecttalk wait`, or end them with `effecttalk kill`"
            )

    async def _confirm(self, question: str, *, is_interactive: bool) -> None:
        if not is_interactive:
            if self._settings.headless_confirm != "accept":
                raise RefusedError(f"{NOBODY}: {question}")
        elif not await self._confirming.confirm(question):
            raise RefusedError(f"not confirmed: {question}")

    @cached_property
    def _judge(self) -> "Judge | None":
        settings = self._settings
        patterns = (settings.policy_deny, settings.policy_confirm, settings.policy_allow)
        if not any(patterns) and settings.policy_default == "allow" and not settings.read_only:
            return None
        # Not at start: few sessions have one.
        from effecttalk_kernel.safety.policy_process import Judge, Rules

        return Judge(Rules(*patterns, settings.policy_default, settings.read_only))


def _judged(code: str, options: "BlockOptions | None") -> str:
    """Return all that a cell may run, as shell code."""
    if options is None:
        return code
    program = f"\n{options.shell} block" if options.shell else ""
    fallback = f"\n{options.fallback}" if options.fallback else ""
    return f"{code}{program}{fallback}"
