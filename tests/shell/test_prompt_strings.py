"""What a prompt string does between two blocks."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.shell import Driver, in_loop

PROMPTS: Final = {
    "plain": r"\u@\h:\w\$ ",
    "Debian's": r"${debian_chroot:+($debian_chroot)}\u@\h:\w\$ ",
    "two optional texts": "${n:+<$n>}${x+x}> ",
    "an assignment": "${x:=1}> ",
    "an assignment in an optional text": "${n:+${x:=1}}> ",
    "an assignment after an optional text": "${n:+($n)}${x=1}> ",
    "an index": "${a[n++]}> ",
    "an index in an optional text": "${n:+${a[n++]}}> ",
    "an index as a name": "${a[n++]:+a}> ",
    "an offset": "${n:n++}> ",
    "an offset in an optional text": "${n:+${n:n++}}> ",
    "a missing variable": "${x:?missing}> ",
    "a missing variable in an optional text": "${n:+$nx}> ",
    "a closing brace in an optional text": r"${n:+\}${x:=1}> ",
    "no closing brace": "${n:+($n> ",
    "no name": "${:+1}> ",
    "a positional parameter": "${1:+($1)}> ",
    "a question about options": "${-:+$-}> ",
}


@pytest.mark.parametrize("options", ["+u", "-u"])
@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_prompt_string_changes_no_variable(prompt: str, options: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run(f"n=1 a=(1 2 3); set {options}; PS1='{prompt}'")
            await driver.proceed()
            for _ in range(2):
                _, output = await driver.run('echo "$n ${x-none} ${a[*]} $PS1"')
                assert output == f"1 none 1 2 3 {prompt}\n"
                await driver.proceed()

    in_loop(main)


def test_prompt_string_keeps_the_last_match(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run("[[ abc =~ b(c) ]]; PS1='${x:+($x)}> '")
            await driver.proceed()
            _, output = await driver.run('echo "${BASH_REMATCH[@]}"')
            assert output == "bc c\n"

    in_loop(main)


@pytest.mark.parametrize("prompt", ["$((n++))> ", "$[n++]> ", "${x:+$((n++))}${x:-$[n++]}> "])
def test_arithmetic_in_a_prompt_string_runs_once_for_each_prompt(
    prompt: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run(f"n=0; PS1='{prompt}'")
            for count in (1, 2):
                await driver.proceed()
                _, output = await driver.run("echo $n")
                assert output == f"{count}\n"

    in_loop(main)
