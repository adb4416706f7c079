"""Words: split a command line as bash does for programmable completion.

Pure. Its words are smaller than those of the shell: `--color=a` and `host:path` are three
each, and only the last one is replaced.
"""

import re
from typing import Final

from effecttalk_kernel.bash_quoting import quoted_values
from effecttalk_kernel.kernel.introspection.open_constructs import PREFIXES

# Bash's default, without blanks and quotes, which the scanner has handled, and without `@`,
# which bash-completion removes.
WORD_BREAKS: Final = "><=;|&(:"
ASSIGNED: Final = re.compile(rb"^declare -\S+ COMP_WORDBREAKS=", re.MULTILINE)
# Quoted text is not split; the quotes of the last word may be open.
QUOTED: Final = r"""\\.?|\$?'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?"""
EXPANSION: Final = re.compile(r"\$[({]|`|[<>]\(")


def word_breaks(snapshot: bytes) -> str:
    """Return the characters at which the session of *snapshot* splits words."""
    found = ASSIGNED.search(snapshot)
    if found is None:
        return WORD_BREAKS
    breaks = b"".join(each.value for each in quoted_values(snapshot, found.end()))
    return re.sub(r"[\s'\"@]", "", breaks.decode(errors="replace"))


def pieces(word: str, breaks: str) -> list[str]:
    """Return the words into which completion splits *word*, a shell word as typed."""
    if not breaks or EXPANSION.search(word):
        return [word]
    broken = re.escape(breaks)
    pattern = rf"[{broken}]+|(?:{QUOTED}|[^{broken}])+?(?=[{broken}]|\Z)"
    return re.findall(pattern, word, re.DOTALL)


def simple_command(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return *words* from the command to complete on.

    Prefixes such as `sudo` are skipped, unless they have options.
    """
    first = 0
    while (
        first + 1 < len(words) and words[first] in PREFIXES and not words[first + 1].startswith("-")
    ):
        first += 1
    return words[first:]
