"""What a shell reports does not depend on what the user has set in it."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.shell import Driver, in_loop

# Each may fail; nothing of it may change what the shell reports afterwards.
SETTINGS: Final = {
    "IFS is a control character": "IFS=$'\\001'",
    "IFS is the other control character": "IFS=$'\\177'",
    "IFS is a quote": 'IFS="\'"',
    "IFS is a digit": "IFS=07",
    "IFS is the separator of fields": "IFS=';'",
    "IFS is empty": "IFS=",
    "IFS is unset": "unset IFS",
    "IFS is readonly": "IFS=$'\\001'; readonly IFS",
    "locale": "LC_ALL=C LANG=C",
    "unknown locale": "LC_ALL=xx_YY.UTF-8 2>/dev/null",
    "compatible with bash 3.1": "BASH_COMPAT=31",
    "compatible with bash 4.0": "BASH_COMPAT=4.0",
    "no version": "unset BASH_VERSION",
    "no directory": "unset PWD OLDPWD",
    "POSIX mode by a readonly variable": "POSIXLY_CORRECT=1; readonly POSIXLY_CORRECT",
    "POSIX mode": "set -o posix",
    "noglob, nounset, noclobber": "set -fuC",
    "errexit and pipefail": "set -eo pipefail; set +e",
    "keyword, allexport, functrace, errtrace": "set -kaTE",
    "histexpand, physical, notify": "set -HPb",
    "extdebug": "shopt -s extdebug",
    "failglob, nullglob, nocasematch": "shopt -s failglob nullglob nocasematch",
    "functions": "".join(
        f"{name}() {{ return 3; }}; "
        for name in ("printf", "read", "eval", "shift", "mapfile", "declare", "set", "trap", "cd")
    ),
    "aliases": "alias printf=false shift=false builtin=false read=false",
    "all variables unset": "for v in $(compgen -v); do unset $v; done 2>/dev/null; kept='a b'",
    "no SIGPIPE": "trap '' PIPE",
    "disabled builtins": "enable -n printf mapfile declare read trap set shopt history",
    "more disabled builtins": "enable -n eval : return cd umask alias jobs complete",
    "no job control": "exec /nosuch 2>/dev/null",
}


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_marks_and_states_are_the_same_after(setting: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run(f"kept='a b'; {setting}")
            await driver.proceed()
            ended, output = await driver.run('echo "$kept"; true | (exit 7)\n')
            assert output == "a b\n"
            assert (ended.number, ended.leaving, ended.exit_status) == (2, False, 7)
            assert ended.pipestatus == (0, 7)
            snapshot = await driver.proceed()
            assert b'kept="a b"\n' in snapshot.script
            _, output = await driver.run('echo "${PIPESTATUS[0]} ${PIPESTATUS[1]}"\n')
            assert output == "0 7\n"

    in_loop(main)


@pytest.mark.parametrize("count", [1, 300])
def test_the_statuses_of_a_long_pipeline_are_one_field(count: int, tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            ended, _ = await driver.run("|".join([":"] * count + ["(exit 7)"]) + "\n")
            assert ended.pipestatus == (0,) * count + (7,)

    in_loop(main)


def test_code_with_control_characters_runs_whatever_ifs_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run("IFS=$'\\001'")
            await driver.proceed()
            _, output = await driver.run("printf 'a\x7fb\x01c'")
            assert output == "a\x7fb\x01c"

    in_loop(main)


def test_a_directory_longer_than_a_path_does_not_matter(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            ended, _ = await driver.run("printf -v PWD %100000s x")
            assert len(ended.cwd) == 4096

    in_loop(main)


def test_a_disabled_builtin_stays_disabled_in_later_blocks(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run("enable -n printf echo")
            snapshot = await driver.proceed()
            _, output = await driver.run("type -t printf echo; enable printf")
            assert output == "file\nfile\n"
            await driver.proceed()
            _, output = await driver.run("type -t printf echo")
            assert output == "builtin\nfile\n"
        async with Driver(tmp_path, restore=snapshot.script) as restored:
            _, output = await restored.run("type -t printf echo")
            assert output == "file\nfile\n"

    in_loop(main)


@pytest.mark.parametrize("program", ["/nosuch", "/"])
def test_a_failed_exec_leaves_job_control_on(program: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            await driver.run(f"trap 'echo usr' USR1; exec {program}")
            await driver.proceed()
            ended, output = await driver.run(
                "[[ $- == *m* ]] && { sleep 0 & fg; } 2>/dev/null && kill -USR1 $$"
            )
            assert (ended.exit_status, output) == (0, "sleep 0\nusr\n")

    in_loop(main)


def test_job_control_that_the_user_has_turned_off_stays_off(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            for code in ("exec /nosuch", "set +m", ":"):
                await driver.run(code)
                await driver.proceed()
            _, output = await driver.run("[[ $- == *m* ]] || echo off")
            assert output == "off\n"

    in_loop(main)
