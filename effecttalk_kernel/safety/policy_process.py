"""Judge: applies a policy without holding anything up: large code is read by another process.

The grammar takes seconds for some megabytes that are no shell script, and can't be stopped.
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

# What takes a tenth of a second at most.
LARGE_CHARACTERS: Final = 64_000
MOST_SECONDS: Final = 20.0
TOO_LONG: Final = (
    f"the policy can't be applied to it: to read it takes over {MOST_SECONDS:g} s; is it a script?"
)


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """What a policy is made of."""

    deny: Sequence[str]
    confirm: Sequence[str]
    allow: Sequence[str]
    default: str
    read_only: bool

    def policy(self) -> Policy:
        """Return the policy; raises PolicyError when a pattern can't be."""
        return Policy(
            self.deny, self.confirm, self.allow, Action(self.default), read_only=self.read_only
        )


class PolicyChecker:
    """Judges cells by *rules*; those are read when the first one comes."""

    def __init__(self, rules: PolicyRules) -> None:
        self._rules = rules

    def judge(self, code: str) -> Verdict:
        """Return what becomes of *code*, which is not large."""
        return self._policy.judge(code)

    @cached_property
    def _policy(self) -> Policy:
        return self._rules.policy()

    async def judge_apart(self, code: str) -> Verdict:
        """Return what becomes of *code*, however large."""
        question = json.dumps({"rules": asdict(self._rules), "code": code}).encode()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", __name__,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(MOST_SECONDS):
                answer, _ = await process.communicate(question)
        except TimeoutError:
            return Verdict(Action.DENY, TOO_LONG)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode:
            return Verdict(Action.DENY, f"the policy's reader has failed ({process.returncode})")
        verdict = json.loads(answer)
        return Verdict(Action(verdict["action"]), verdict["reason"])


def _answer() -> None:
    """Judge what stands on standard input."""
    signal.alarm(int(MOST_SECONDS) + 1)  # in case that who asked is gone
    question = json.load(sys.stdin)
    verdict = PolicyRules(**question["rules"]).policy().judge(question["code"])
    sys.stdout.write(json.dumps(asdict(verdict)))


if __name__ == "__main__":
    _answer()
