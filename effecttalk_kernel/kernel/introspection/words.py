"""Words: how bash splits a command line before it asks for completions.

Pure.  Programmable completion knows smaller words than the shell does: `--color=a`
is three, `host:path` is three, and only the last one is replaced.
"""

import re
from typing import Final

from effecttalk_kernel.bash_quoting import quoted_values
from effecttalk_kernel.kernel.introspection.frames import PREFIXES

# Bash's own; blanks and quotes break no word that the scanner has read, and
# bash-completion takes the `@` away.
WORD_BREAKS: Final = "><=;|&(:"
ASSIGNED: Final = re.compile(rb"^declare -\S+ COMP_WORDBREAKS=", re.MULTILINE)
# Quoted text holds no breaks; the quotes of the last word may be open.
QUOTED: Final = r"""\\.?|\$?'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?"""
EXPANSION: Final = re.compile(r"\$[({]|`|[<>]\(")


def word_breaks(snapshot: bytes) -> str:
    """Return the characters that end a word in the session that *snapshot* restores."""
    found = ASSIGNED.search(snapshot)
    if found is None:
        return WORD_BREAKS
    breaks = b"".join(each.value for each in quoted_values(snapshot, found.end()))
    return re.sub(r"[\s'\"@]", "", breaks.decode(errors="replace"))


def pieces(word: str, breaks: str) -> list[str]:
    """Return the words that completion makes of *word*, a shell word as typed."""
    if not breaks or EXPANSION.search(word):
        return [word]
    broken = re.escape(breaks)
    pattern = rf"[{broken}]+|(?:{QUOTED}|[^{broken}])+?(?=[{broken}]|\Z)"
    return re.findall(pattern, word, re.DOTALL)


def simple_command(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return *words* from the command on whose completion is wanted.

    What `sudo` and the like would ask is asked directly, where no options of
    theirs lie between.
    """
    first = 0
    while (
        first + 1 < len(words) and words[first] in PREFIXES and not words[first + 1].startswith("-")
    ):
        first += 1
    return words[first:]
