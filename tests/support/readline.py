"""Readline: what an interactive bash itself offers at the end of a line.

The line is typed to a real bash on a terminal of its own; readline puts all that it
would offer into it (insert-completions), quoted as it is to be typed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

import pexpect

COMPLETION: Final = Path("/usr/share/bash-completion/bash_completion")
DEADLINE: Final = 20
# What the user does not type is told apart from its echo by %s.
RC: Final = r"""
PS1='' PS2='' PROMPT_COMMAND=''
. {completion}
bind 'set bell-style none' 'set enable-bracketed-paste off'
bind '"\C-xa": insert-completions'
tell() {{ printf '%s' "$READLINE_LINE" >{line}; READLINE_LINE=''; printf 'TO%s' LD; }}
bind -x '"\C-xs": tell'
{setup}
printf 'REA%s\n' DY
"""


class Readline:
    """An interactive bash with bash-completion; `with` ends it."""

    def __init__(
        self, place: Path, *, cwd: Path, environment: Mapping[str, str], setup: str = ""
    ) -> None:
        self._line = place / "line"
        rc = place / "rc"
        rc.write_text(RC.format(completion=COMPLETION, line=self._line, setup=setup))
        self._bash = pexpect.spawn(
            "bash",
            ["--noprofile", "--rcfile", str(rc), "-i"],
            cwd=str(cwd),
            env=dict(environment),
            timeout=DEADLINE,
            dimensions=(24, 1000),
        )
        self._bash.delaybeforesend = None

    def __enter__(self) -> Self:
        self._bash.expect_exact(b"READY")
        return self

    def __exit__(self, *_: object) -> None:
        self._bash.close(force=True)

    def complete(self, text: str) -> str:
        """Return the line once everything that fits at its end is in it."""
        self._bash.send(text.encode() + b"\x18a\x18s")
        self._bash.expect_exact(b"TOLD")
        return self._line.read_text()
