"""`stdin`: answers in the options of a block."""

import pytest

from effecttalk_kernel.block import Answerer
from tests.support.notebook import Notebook

READ = "read -p 'name? ' x; echo \"got [$x]\""
TTY = "python3 -c 'import getpass; print(len(getpass.getpass()))'"


@pytest.mark.parametrize(
    ("code", "stdout"),
    [
        (f'#| stdin: "bob\\n"\n{READ}', "got [bob]\n"),
        ('#| stdin: "a\\nb\\n"\nread x; read y; echo $y$x', "ba\n"),
        ('#| stdin: "abcd"\n' + TTY, "4\n"),
        ('#| stdin: "a\\n"\ncat; echo done', "a\ndone\n"),
        ('#| stdin: "two  words"\nIFS= read -r x; echo "$x"', "two  words\n"),
        ("#| stdin: |\n#|   1\n#|   2\nselect x in a b; do echo $x; break; done", "a\n"),
    ],
)
@pytest.mark.parametrize("allow_stdin", [False, True], ids=["headless", "interactive"])
def test_the_answers_reach_the_program(
    kernel: Notebook, code: str, stdout: str, allow_stdin: bool
) -> None:
    answers = ["\x04"] if allow_stdin and "cat" in code else None
    cell = kernel.run(code, answers=answers, allow_stdin=allow_stdin)
    assert stdout in cell.stdout
    assert cell.record.input[0].answered_by is Answerer.OPTIONS


def test_the_user_is_asked_when_no_answers_are_left(kernel: Notebook) -> None:
    cell = kernel.run('#| stdin: "a"\nread x; read y; echo $x$y', answers=["b"])
    assert cell.stdout == "ab\n"
    assert [asked.answered_by for asked in cell.record.input] == [Answerer.OPTIONS, Answerer.USER]
