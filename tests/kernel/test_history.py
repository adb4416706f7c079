"""The history of the session: it has the cells, as that of a terminal has its lines."""

from pathlib import Path

import pytest

from tests.conftest import Start
from tests.support.plain_bash import PlainBash

# One command line each; the history has one entry before them, which a terminal has, too.
LINES = {
    "the last command again": ["echo one", "fc -s", "fc -s"],
    "a command by its beginning": ["echo one", "pwd >/dev/null", "fc -s echo", "fc -s one=two ec"],
    "an alias": ["alias r='fc -s'", "echo one", "r", "r echo"],
    "a command that fails": ["false", "fc -s; echo $?", "fc -s nothing; echo $?"],
    "a list": ["echo one", "fc -ln -1 -1", "fc -ln -2 -1", "fc -l -1 | cut -f 2"],
    "an editor": ["echo one", "FCEDIT=true; fc -1", "fc -e - echo; echo after"],
    "no control": ["HISTCONTROL=ignorespace", " echo hidden", "history | cut -c 8- | tail -2"],
    "no such lines": ["HISTIGNORE='*secret*'", "echo secret", "history | cut -c 8- | tail -2"],
    "on again": ["set -o history", "echo one", "history | cut -c 8- | tail -3"],
}


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_the_history_is_that_of_a_terminal(start: Start, tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / ".bashrc").touch()
    notebook = start(HOME=str(tmp_path), EFFECTTALK_STDERR="merged")
    notebook.run("PS2=")
    with PlainBash(tmp_path) as plain:
        plain.start()
        for line in lines:
            assert notebook.run(line).stdout == plain.run(line)
