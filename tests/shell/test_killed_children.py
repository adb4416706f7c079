"""Children that are killed right after they were forked: bash lets them run the shell's traps."""

from pathlib import Path

from effecttalk_kernel.shell.events import BlockEnded
from tests.support.shell import Driver, in_loop

KILLED_AT_ONCE = "for i in {1..200}; do sleep 60 & kill -HUP $!; done 2>/dev/null; wait; x=1"


def test_killed_children_do_not_report_an_end_or_a_state_of_the_shell(tmp_path: Path) -> None:
    async def main() -> None:
        async with Driver(tmp_path) as driver:
            ended, _ = await driver.run(KILLED_AT_ONCE)
            assert (ended.leaving, ended.exit_status) == (False, 0)
            snapshot = await driver.proceed()
            assert snapshot.script.count(b'declare -- x="1"') == 1
            assert snapshot.script.count(b"# functions") == 1
            ended, output = await driver.run("echo $x")
            assert (ended.leaving, output) == (False, "1\n")
            assert not any(isinstance(event, BlockEnded) for event in _pending_events(driver))

    in_loop(main)


def _pending_events(driver: Driver) -> list[object]:
    return [driver.events.get_nowait() for _ in range(driver.events.qsize())]
