"""Undo with real shells: undo, redo and goto restore exactly the earlier state."""

import asyncio
import re
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from effecttalk_kernel.rpc.wire import CallError
from effecttalk_kernel.shell.dialects.bash_parser import read_snapshot, with_exports
from tests.support.shell import in_loop
from tests.support.undo_session import UndoSession

VARIABLES = [
    "va",
    "vb",
    "vi",
    "list",
    "map",
    "ref",
    "HOME",
    "IFS",
    "PS4",
    "OPTIND",
    "OLDPWD",
    "SHELL",
]
FUNCTIONS = ["f", "g", "cd"]
OPTIONS = ["noclobber", "noglob", "errexit", "errtrace", "functrace", "pipefail", "allexport"]
SHELL_OPTIONS = ["extglob", "nullglob", "dotglob", "globstar", "expand_aliases", "lastpipe"]
SIGNALS = ["USR1", "HUP", "EXIT", "ERR", "DEBUG", "RETURN"]
# Everything that the changes below may touch, as bash itself tells it.
QUESTION = f"""
declare -p {" ".join(VARIABLES)} 2>&1 || :
declare -fp {" ".join(FUNCTIONS)} 2>&1 || :
alias -p
\\builtin set +o
shopt -p || :
\\builtin trap -p {" ".join(SIGNALS)}
\\builtin umask
\\builtin pwd; \\builtin dirs -l -p
\\builtin printf '<%s>' "$#" "$@"
complete -p || :
\\builtin printf '%s\\n' "${{!map[@]}}"
"""

values = st.text(
    st.one_of(st.sampled_from("a '\"\\$`!\n\t#=()[]{}*~\x01é"), st.characters(codec="utf-8")),
    max_size=12,
).filter(lambda text: "\0" not in text and "\r" not in text)
names = st.sampled_from(VARIABLES[:4])


def quoted(text: str) -> str:
    return shlex.quote(text)


changes = st.one_of(
    st.builds(
        lambda flags, name, value: f"declare {flags} {name}={quoted(value)}",
        st.sampled_from(["--", "-x", "+x", "-r", "-u", "-l", "-c", "-t", "-rx"]),
        names,
        values,
    ),
    st.builds("declare -i vi={} ".format, st.integers(-9, 9)),
    st.builds(
        lambda items: f"unset list; declare -a list=({' '.join(map(quoted, items))})",
        st.lists(values, max_size=4),
    ),
    st.builds(
        lambda at, value: f"printf -v 'list[{at}]' %s {quoted(value)}", st.integers(0, 9), values
    ),
    st.builds(
        lambda items: "unset map; declare -A map=({})".format(
            " ".join(f"[{quoted(key or '0')}]={quoted(value)}" for key, value in items.items())
        ),
        st.dictionaries(values, values, max_size=4),
    ),
    st.just("declare -n ref=va"),
    st.builds("unset {}".format, st.sampled_from(VARIABLES)),
    st.builds(
        lambda name, text, more: f"{name}() {{ echo {quoted(text)}; {more}; }}",
        st.sampled_from(FUNCTIONS),
        values,
        st.sampled_from([":", "cat <<E\n# options\ntrap -- 'x' EXIT\n\ndeclare -- va=\"1\"\nE\n:"]),
    ),
    st.builds("export -f {} 2>&1".format, st.sampled_from(FUNCTIONS)),
    st.builds("unset -f {}".format, st.sampled_from(FUNCTIONS)),
    st.builds(
        lambda name, text: f"alias -- {name}={quoted(text)}",
        st.sampled_from(["ll", "..", "echo2", "-x"]),
        values,
    ),
    st.just("unalias -a"),
    st.builds("set {}o {}".format, st.sampled_from("+-"), st.sampled_from(OPTIONS)),
    st.builds("shopt -{} {}".format, st.sampled_from("su"), st.sampled_from(SHELL_OPTIONS)),
    st.builds(
        lambda text, name: f"trap -- {text} {name}",
        st.sampled_from(["'va=1'", "''", "-", "$': a\\n: b\\'c'", "$'\\n# options\\n# jobs\\n:'"]),
        st.sampled_from(SIGNALS),
    ),
    st.builds("umask {:03o}".format, st.integers(0, 0o777)),
    st.sampled_from(["\\builtin cd /", "\\builtin cd /usr", "\\builtin cd ~", "\\builtin cd -"]),
    st.sampled_from(["pushd /usr", "pushd -n /usr/lib", "popd", "dirs -c"]),
    st.builds(lambda items: f"set -- {' '.join(map(quoted, items))}", st.lists(values, max_size=3)),
    st.builds(
        lambda words, name: f"complete -W {quoted(words)} {name}",
        values,
        st.sampled_from(["one", "two"]),
    ),
    st.sampled_from(
        ["complete -r", ":", "false", "ls / | cat >/dev/null", "echo $RANDOM $SECONDS"]
    ),
)
moves = st.one_of(
    st.tuples(st.just("undo"), st.integers(1, 3)),
    st.tuples(st.just("redo"), st.integers(1, 3)),
    st.tuples(st.just("goto"), st.integers(0, 12)),
)


class Model:
    """What the states are, in bash's own words."""

    def __init__(self, answer: str) -> None:
        self.steps = [answer]
        self.place = 0
        self.after = {0: answer}

    def told(self, number: int, answer: str) -> None:
        self.after[number] = answer
        if answer != self.steps[self.place]:
            self.steps[self.place + 1 :] = [answer]
            self.place += 1

    def move(self, name: str, argument: int) -> bool:
        """Whether there is such a state; the session is in it then."""
        if name == "goto":
            if argument not in self.after:
                return False
            answer = self.after[argument]
            if answer != self.steps[self.place]:
                self.steps[self.place + 1 :] = [answer]
                self.place += 1
            return True
        place = self.place + (argument if name == "redo" else -argument)
        if not 0 <= place < len(self.steps):
            return False
        self.place = place
        return True


async def asked(undo_session: UndoSession) -> str:
    """Bash's answers, but for traps that are no user's: those go when one is reset."""
    answer = await undo_session.run(f"{{ {QUESTION}\n}}")
    return re.sub(
        r"^trap -- '(?:__et_f|\{\n    __et_end)[^']*' (EXIT|ERR)\n", "", answer, flags=re.MULTILINE
    )


async def travel(undo_session: UndoSession, actions: list[str | tuple[str, int]]) -> None:
    model = Model(await asked(undo_session))
    model.after[1] = model.after[0]
    for action in actions:
        if isinstance(action, str):
            await undo_session.run(f"{{ {action}\n}} 2>&1 || :")
            changed = undo_session.session.count
            answer = await asked(undo_session)
            model.told(changed, answer)
        elif model.move(*action):
            name, argument = action
            await undo_session.call(name, **{"block" if name == "goto" else "steps": argument})
            answer = await asked(undo_session)
        else:
            with pytest.raises(CallError):
                await undo_session.call(
                    action[0], **{"block" if action[0] == "goto" else "steps": action[1]}
                )
            continue
        model.after[undo_session.session.count] = answer
        assert answer == model.steps[model.place], action


@given(st.lists(st.one_of(changes, moves), max_size=8))
@example(["trap -- 'va=1' RETURN", "declare -i vi=0", ("undo", 1)])
@settings(max_examples=30)
def test_travelling_brings_exactly_the_state_that_was(actions: list[str | tuple[str, int]]) -> None:
    async def main() -> None:
        with TemporaryDirectory() as directory:
            async with UndoSession(Path(directory)) as undo_session:
                await travel(undo_session, actions)

    in_loop(main)


def with_undo_session(
    directory: Path, test: Callable[[UndoSession], Awaitable[None]], **options: object
) -> None:
    async def main() -> None:
        async with UndoSession(directory, **options) as undo_session:
            await test(undo_session)

    in_loop(main)


def test_the_session_reports_each_state_with_its_block_number(tmp_path: Path) -> None:
    async def test(undo_session: UndoSession) -> None:
        await undo_session.session.state()
        assert [number for number, _ in undo_session.told] == [0]
        for code in ("x=1", "y=2; exit 3", "x=3; kill -9 $$", "x=4"):
            await undo_session.run(code)
        told = dict(undo_session.told)
        values = [
            re.findall(rb'^declare -- [xy]="(.)"', told[n].script, re.MULTILINE) for n in range(5)
        ]
        assert values == [[], [b"1"], [b"1", b"2"], [b"1", b"2"], [b"4", b"2"]]

    with_undo_session(tmp_path, test)


def test_the_initial_state_follows_the_start_up_files(tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text("complete -W 'a b' fruit; trap ': mine' DEBUG; set -T\n")

    async def test(undo_session: UndoSession) -> None:
        script = (await undo_session.session.state()).script
        assert b"complete -W 'a b' fruit\n" in script
        assert b"trap -- ': mine' DEBUG\n" in script
        assert await undo_session.run("trap -p DEBUG; shopt -po functrace") == (
            "trap -- ': mine' DEBUG\nset -o functrace\n"
        )

    with_undo_session(tmp_path, test, load_rc=True)


def test_a_state_of_another_session_is_loaded_as_one_of_this(tmp_path: Path) -> None:
    async def test(undo_session: UndoSession) -> None:
        await undo_session.run("x=1; export EFFECTTALK_TOKEN=old; f() { echo f; }")
        kept = await undo_session.states.state(1)
        assert kept is not None
        variables = with_exports(kept.parts[0], {"EFFECTTALK_A": 'a"$b', "EFFECTTALK_TOKEN": "new"})
        parts = (variables, *kept.parts[1:])
        other = replace(kept, parts=parts, jobs=("sleep 9",), unknown=("KEY",), block="abc-1")
        undo_session.states.others["abc-1"] = other
        await undo_session.call("goto", block=0)
        told = await undo_session.call("load", state="abc-1")
        assert told[0] == "the next block starts with the state after block abc-1"
        assert "  jobs that were running then and have ended: sleep 9" in told
        assert "  secrets that are not stored: KEY" in told
        assert await undo_session.run('f; echo $x "$EFFECTTALK_A" $EFFECTTALK_TOKEN') == (
            'f\n1 a"$b new\n'
        )
        await undo_session.run(":")
        await undo_session.call("undo")  # nothing but the load is between
        assert await undo_session.run('echo "${x-none}"') == "none\n"

    with_undo_session(tmp_path, test)


def test_load_reports_a_state_that_cannot_be_loaded(tmp_path: Path) -> None:
    async def test(undo_session: UndoSession) -> None:
        await undo_session.run("x=1")
        with pytest.raises(CallError, match="there is no state 'abc'"):
            await undo_session.call("load", state="abc")
        for wrong in (0, "1", None, 1.5, 10**9):
            with pytest.raises(CallError, match="steps must be a whole number from 1"):
                await undo_session.call("undo", steps=wrong)
        assert await undo_session.run("echo $x") == "1\n"

    with_undo_session(tmp_path, test)


@pytest.mark.parametrize("script", [b"kill -9 $$\n", b"\\exit 3\n"])
def test_a_state_that_no_shell_can_start_with_is_replaced_by_the_previous_one(
    tmp_path: Path, script: bytes
) -> None:
    async def test(undo_session: UndoSession) -> None:
        await undo_session.run("x=1")
        undo_session.session.restore(read_snapshot(script))
        assert await undo_session.run("echo $x") == "1\n"
        assert "this shell runs with the state from before" in undo_session.notices[0]

    with_undo_session(tmp_path, test)


def test_a_restored_state_that_ends_every_shell_leaves_the_one_before(tmp_path: Path) -> None:
    async def test(undo_session: UndoSession) -> None:
        await undo_session.run("x=1")
        undo_session.session.restore(read_snapshot(b"kill -KILL $$\n"))
        await undo_session.run("echo")
        assert await undo_session.run("echo $x") == "1\n"
        # Noticed before the shell counts as started, or after.
        assert "the state from before" in str(undo_session.notices)

    with_undo_session(tmp_path, test)


def test_states_may_be_restored_before_the_first_shell_and_while_one_starts(tmp_path: Path) -> None:
    async def test(undo_session: UndoSession) -> None:
        for number in range(3):
            undo_session.session.restore(read_snapshot(b"x=%d\n" % number))
        assert await undo_session.run("echo $x") == "2\n"
        assert undo_session.notices == []

    with_undo_session(tmp_path, test)


def test_a_session_that_closes_restores_nothing_and_leaves_no_process(tmp_path: Path) -> None:
    async def test(undo_session: UndoSession) -> None:
        await undo_session.run("sleep 100 & x=1")
        undo_session.session.restore(read_snapshot(b"x=2\n"))

    with_undo_session(tmp_path, test)


def test_processes_of_a_replaced_shell_end_with_the_session(tmp_path: Path) -> None:
    async def test(undo_session: UndoSession) -> None:
        await undo_session.run("sleep 100 & x=1")
        await undo_session.call("undo")
        await undo_session.run("sleep 200 &")

    with_undo_session(tmp_path, test)  # which holds that none is left


def test_goto_reports_a_state_that_is_no_longer_stored(tmp_path: Path) -> None:
    async def test(undo_session: UndoSession) -> None:
        await undo_session.run("x=1")
        undo_session.states.forget(0)
        with pytest.raises(CallError, match="the state after block 0 is no longer stored"):
            await undo_session.call("undo")
        assert await undo_session.run("echo $x") == "1\n"

    with_undo_session(tmp_path, test)


def test_simultaneous_calls_each_undo_one_step(tmp_path: Path) -> None:
    async def test(undo_session: UndoSession) -> None:
        for number in range(5):
            await undo_session.run(f"x={number}")
        await asyncio.gather(*(undo_session.call("undo") for _ in range(3)))
        assert await undo_session.run("echo $x") == "1\n"

    with_undo_session(tmp_path, test)
