"""Programs that people use in a terminal: what is typed on them, and what they leave.

Each works in a directory of its own, a copy of the one that SETUP fills.
"""

import re
import shutil
from typing import NamedTuple

SETUP = """
unset PAGER GIT_PAGER MANPAGER LESS MORE VISUAL TMUX
export EDITOR=vi MANWIDTH=78 GIT_{AUTHOR,COMMITTER}_NAME=n GIT_{AUTHOR,COMMITTER}_EMAIL=e
mkdir repository && git -C repository init -q
for n in {1..40}; do git -C repository commit -qm commit-$n --allow-empty; done
seq 1000 > numbers
mkdir changes && git -C changes init -q
printf 'one\\n' > changes/file && git -C changes add file && printf 'two\\n' >> changes/file
printf '<h1>Title</h1><p><a href=numbers>first link</a>' > page.html
printf 'startup_message off\\n' > screenrc
cat > monitor.py <<'end'
import readline

print('Welcome to the monitor.')
while (line := input('mysql> ')) != 'quit':
    print('| ' + line.upper() + ' |')
print('Bye')
end
"""


class Step(NamedTuple):
    """A pattern that is found on the screen, and what is typed then: text, and a key."""

    pattern: str
    text: str
    key: str = ""


class Program(NamedTuple):
    """A program."""

    code: str
    steps: tuple[Step, ...]
    # A pattern for all of standard output and standard error afterwards.
    stays: str
    # A pattern for the lines of the screen that are the same whenever the program runs.
    lines: str = ""
    # What varies in them.
    varies: str = "(?!)"
    # The commands, if they are not the first word.
    needs: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        return all(map(shutil.which, self.needs or self.code.split()[:1]))

    def stable(self, screen: str) -> str:
        """Return what is the same on each screen of the program."""
        lines = [line.rstrip() for line in screen.rstrip().split("\n")]
        kept = [re.sub(self.varies, "", line) for line in lines if re.search(self.lines, line)]
        return "\n".join(kept)


# Nano drops keys while it adapts to the width of the cell, and then says no more that the file
# is new.
NANO = r"^(?![\s\S]*\[ New File)[\s\S]*GNU nano"
# The last line of vi, which says how large a file is until the cell has told its width.
RULER = r"^.* (\d+,\d+(-\d)? +)?(All|Top)$"
EDITORS = {
    "vi": Program(
        "echo before; vi notes; cat notes",
        (Step("^~$", "ihello", "Escape"), Step("^hello", ":wq", "Enter")),
        "before\nhello\n",
        varies=RULER,
        needs=("vi",),
    ),
    "nano": Program(
        "nano text; cat text",
        (
            Step(NANO, "abc"),
            # It does not draw the text if the next key comes at once.
            Step("^abc", "", "Control+x"),
            Step("Save modified", "y"),
            Step("Write", "", "Enter"),
        ),
        "abc\n",
        varies=r" +\[ New File \]",
        needs=("nano",),
    ),
    "git commit": Program(
        "git -C changes commit -q",
        (Step("^# Please enter", "isubject", "Escape"), Step("^subject", ":wq", "Enter")),
        r"(hint: .*)?\s*",
        varies=RULER,
        needs=("vi",),
    ),
    "git rebase": Program(
        "git -C repository rebase -i --keep-empty HEAD~2",
        (Step("^pick", "ddp:wq", "Enter"),),
        r".*Successfully rebased.*",
        varies=RULER,
        needs=("vi",),
    ),
    "crontab": Program(
        "crontab -e",
        (Step("^(~|#)", ":q", "Enter"),),
        r".*",
        varies=RULER,
        needs=("vi", "crontab"),
    ),
}
PAGERS = {
    "less": Program(
        "less numbers; echo over",
        (Step("^23$", " "), Step("^46$", "q")),
        "over\n",
        varies="^(numbers|:)$",
        needs=("less",),
    ),
    "less in a pipeline": Program(
        "seq 1000 | less", (Step("^23$", "G"), Step("^1000$", "q")), "", needs=("less",)
    ),
    # By default, git lets less leave the text on the screen.
    "git log": Program(
        "git -C repository log",
        (Step("commit-40", "G"), Step("commit-1$", "q")),
        r".*commit-1\n",
        needs=("less",),
    ),
    "man": Program(
        "man ls", (Step("^NAME", "/--almost-all", "Enter"), Step("almost-all", "q")), ""
    ),
    "less -X": Program(
        "less -X numbers",
        (Step("^23$", " "), Step("^46$", "q")),
        ".*46\n.*",
        varies="^(numbers|:)$",
    ),
    "jq": Program(
        "jq -n '[range(1000)]' | less",
        (Step(r"^\[", "/777", "Enter"), Step("^ +777", "q")),
        "",
        needs=("jq", "less"),
    ),
    "w3m": Program(
        "w3m page.html",
        (Step("Title", "", "Tab"), Step("first link", "q"), Step("exit", "y")),
        "(Can't open history\n)?",
    ),
}
SCREENS = {
    "top": Program("top", (Step(r"^ +PID", "q"),), r"top - .*Tasks:.*", lines="^ +PID"),
    "htop": Program("htop", (Step(r"PID", "q"),), "", lines="F1Help"),
    "dialog": Program(
        "dialog --yesno question 10 30; echo status-$?",
        (Step("question", "", "Tab"), Step("question", "", "Enter")),
        r".*status-1\n.*",
        needs=("dialog",),
    ),
    "mc": Program("mc -u", (Step(r"10 ?Quit", "", "F10"),), r"\s*"),
    "fzf": Program(
        "seq 100 | fzf",
        (Step("^> ?$", "42"), Step("> 42", "", "Enter")),
        "42\n",
        needs=("fzf",),
    ),
    "tig": Program("(cd repository && tig)", (Step("commit-40", "q"),), "", needs=("tig",)),
    "ncdu": Program("ncdu .", (Step("numbers", "", "ArrowDown"), Step("numbers", "q")), ""),
    "tmux": Program(
        r"tmux -S socket -f /dev/null new 'bash --norc' \; set status off",
        (Step("^bash-.*[$#]$", "echo in''side", "Enter"), Step("^inside", "exit", "Enter")),
        r"\[exited\]\s*",
        needs=("tmux",),
    ),
    "screen": Program(
        "screen -c screenrc bash --norc",
        (Step("^bash-.*[$#]$", "echo in''side", "Enter"), Step("^inside", "exit", "Enter")),
        r"\[screen is terminating\]\s*",
        needs=("screen",),
    ),
}
# These read lines: they have no terminal, and what the cell shows is what a terminal shows.
CONVERSATIONS = {
    "python": Program("python3 -q", (Step(">>> $", "6*7"), Step("42\n>>> $", "exit()")), ""),
    "sqlite3": Program(
        "sqlite3 -batch -interactive",
        (Step("^sqlite> $", "select 6*7;"), Step("42\nsqlite> $", ".quit")),
        "",
    ),
    # The client of a database, with line editing.
    "mysql": Program(
        "python3 monitor.py || true",
        (Step("^mysql> $", "select"), Step("SELECT |\nmysql> $", "quit")),
        "",
        needs=("python3",),
    ),
    "gdb": Program(
        "gdb -q -nx", (Step(r"^\(gdb\) $", "print 6*7"), Step(r"42\n\(gdb\) $", "quit")), ""
    ),
    "bash": Program(
        # Its standard error is not the controlling terminal.
        "PS1='% ' bash --norc +m 2>/dev/tty",
        (Step("^% $", "echo $((6*7))"), Step("42\n% $", "exit")),
        "",
        needs=("bash",),
    ),
    "ed": Program("ed -p: numbers", (Step("^3893\n:$", "42p"), Step("42\n:$", "q")), ""),
    "more": Program("more numbers", (Step("--More--", " "), Step("^46$", "q")), ".*46\n.*"),
    "git add": Program("git -C changes add -p", (Step("Stage this hunk.*$", "y"),), ""),
}
