"""Words: what the policy takes a quoted word for is what bash makes of it."""

import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.safety.policy.findings import Command
from effecttalk_kernel.safety.policy.policy import Action, Policy
from effecttalk_kernel.safety.policy.script import read_code

POLICY = Policy(["rm"], [], [], Action.ALLOW, read_only=False)


def single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def double(text: str) -> str:
    escaped = "".join("\\" + one if one in '"\\$`' else one for one in text)
    return f'"{escaped}"'


def translated(text: str) -> str:
    return "$" + double(text)


def ansi(text: str) -> str:
    return "$'" + "".join(f"\\x{ord(one):02x}" for one in text) + "'"


def octal(text: str) -> str:
    return "$'" + "".join(f"\\{ord(one):03o}" for one in text) + "'"


def escaped(text: str) -> str:
    # The grammar takes a blank behind a backslash for a blank.
    return "".join(single(one) if one in "\n " else "\\" + one for one in text)


def continued(text: str) -> str:
    return double(text)[:-1] + '\\\n"'


# Behind a lone backslash the grammar takes $"..." for two words.
MIXED = st.sampled_from([single, double, ansi, octal, escaped, continued])
QUOTINGS = MIXED | st.just(translated)
TEXTS = st.text("rm -;|&$`\"'\\*?[]{}()<>~#!=ab\n", min_size=1, max_size=6)
QUOTED = st.lists(st.tuples(MIXED, TEXTS), min_size=1, max_size=4)


@given(st.tuples(QUOTINGS, QUOTINGS))
def test_a_quoted_name_is_the_same_name(quotings: tuple) -> None:
    first, second = quotings
    assert POLICY.judge(f"{first('r')}{second('m')} x").action is Action.DENY
    assert POLICY.judge(f"{first('rm')} x").action is Action.DENY
    assert POLICY.judge(f"echo {first('rm')} x").action is Action.ALLOW


@settings(max_examples=60, deadline=None)
@given(st.lists(QUOTED, min_size=1, max_size=10))
def test_quotes_are_taken_away_as_bash_does(quoted: list) -> None:
    typed = ["".join(quoting(text) for quoting, text in parts) for parts in quoted]
    done = subprocess.run(
        ["bash", "-c", "printf '%s\\0' " + " ".join(typed)], capture_output=True, text=True
    )
    commands = [
        one for one in read_code("x " + " ".join(typed), 1).findings if isinstance(one, Command)
    ]
    assert [word.literal for word in commands[0].words[1:]] == done.stdout.split("\0")[:-1]
