"""Whether a script for sed only prints."""

import re
from collections.abc import Sequence
from typing import Final

from effecttalk_kernel.safety.policy.words import Word

# 3, $, /a\/b/
ADDRESS: Final = r"(?:\d+|\$|/(?:[^/\\\n]|\\.)*+/)"
# 1,/x/!
BLANK: Final = r"[ \t]*+"
RANGE: Final = rf"(?:{ADDRESS}{BLANK}(?:,{BLANK}(?:{ADDRESS}|[+~]\d+){BLANK})?)?+!?+{BLANK}"
# s/a/b/g with any of these separators, but without the flags w and e.
CHANGE_COMMAND: Final = "|".join(
    rf"s{mark}(?:[^{mark}\\\n]|\\.)*+{mark}(?:[^{mark}\\\n]|\\.)*+{mark}[gpiIm\d]*+"
    rf"|y{mark}(?:[^{mark}\\\n]|\\.)*+{mark}(?:[^{mark}\\\n]|\\.)*+{mark}"
    for mark in map(re.escape, "/|#,:@!%_")
)
SCRIPT: Final = re.compile(
    rf"(?:{BLANK}{RANGE}(?:[pPdDnNgGhHxl=qQ]|{CHANGE_COMMAND})?+{BLANK}(?:[;\n]|\Z))*+", re.DOTALL
)
# Options with a script, and options with another value.
SCRIPT_OPTION: Final = re.compile(r"-[nErsuz]*e(.*)|--expression(?:=(.*))?", re.DOTALL)
VALUE_OPTIONS: Final = frozenset({"-l", "--line-length"})


def only_prints(arguments: Sequence[Word]) -> bool:
    """Whether sed with these *arguments* certainly writes to no file and runs nothing."""
    scripts: list[str | None] = []
    operands: list[str | None] = []
    waiting: list[str | None] | None = None  # for a value
    for word in arguments:
        literal = word.literal
        if waiting is not None:
            waiting.append(literal)
            waiting = None
        elif literal in VALUE_OPTIONS:
            waiting = []
        elif literal and (found := SCRIPT_OPTION.fullmatch(literal)):
            script = found[1] or found[2]
            waiting = None if script else scripts
            scripts += [script] if script else []
        elif not (literal and literal.startswith("-") and literal != "-"):
            operands.append(None if word.is_many else literal)
    return all(
        script is not None and SCRIPT.fullmatch(script) for script in scripts or operands[:1]
    )
