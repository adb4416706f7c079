"""Applies the policy to code; large code is parsed in another process.

The grammar takes seconds for megabytes that are not a shell script, and cannot be stopped.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Final

from effecttalk_kernel.safety.policy.policy import Action, Policy, Verdict

# Code up to this size takes a tenth of a second at most.
LARGE_CHARACTERS: Final = 64_000
MAX_SECONDS: Final = 20.0
TOO_LONG: Final = (
    f"the policy cannot be applied: parsing the code takes more than {MAX_SECONDS:g} s;"
    " is it a shell script?"
)


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """The rules of a policy, as in the settings."""

    deny: Sequence[str]
    confirm: Sequence[str]
    allow: Sequence[str]
    default: str
    read_only: bool

    def compile(self) -> Policy:
        """Compile the policy; raises PolicyError for an invalid pattern."""
        return Policy(
            self.deny, self.confirm, self.allow, Action(self.default), read_only=self.read_only
        )


class PolicyChecker:
    """Checks cells by *rules*, which are compiled when the first cell comes."""

    def __init__(self, rules: PolicyRules) -> None:
        self._rules = rules

    def check(self, code: str) -> Verdict:
        """Check *code* in this process; it must not be large."""
        return self._policy.check(code)

    @cached_property
    def _policy(self) -> Policy:
        return self._rules.compile()

    async def check_in_process(self, code: str) -> Verdict:
        """Check *code* of any size in another process."""
        question = json.dumps({"rules": asdict(self._rules), "code": code}).encode()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", __name__,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(MAX_SECONDS):
                answer, _ = await process.communicate(question)
        except TimeoutError:
            return Verdict(Action.DENY, TOO_LONG)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode:
            return Verdict(
                Action.DENY,
                f"the process that applies the policy failed (exit status {process.returncode})",
            )
        verdict = json.loads(answer)
        return Verdict(Action(verdict["action"]), verdict["reason"])


def _check_stdin() -> None:
    """Check the code on standard input."""
    signal.alarm(int(MAX_SECONDS) + 1)  # ends if the kernel is killed
    question = json.load(sys.stdin)
    verdict = PolicyRules(**question["rules"]).compile().check(question["code"])
    sys.stdout.write(json.dumps(asdict(verdict)))


if __name__ == "__main__":
    _check_stdin()
