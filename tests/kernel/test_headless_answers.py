"""Settings that answer a program where no user can."""

from effecttalk_kernel.block import Answerer, Status
from tests.conftest import Start

READ = "read -p 'name? ' x; echo \"got [$x]\""


def test_a_setting_has_answers_for_every_block(start: Start) -> None:
    notebook = start(EFFECTTALK_HEADLESS_ANSWERS="yes\n")
    assert "got [yes]\n" in notebook.run(READ).stdout
    assert "got [no]\n" in notebook.run(READ, answers=["no"]).stdout


def test_a_setting_lets_a_block_fail_at_its_first_question(start: Start) -> None:
    cell = start(EFFECTTALK_HEADLESS_POLICY="fail").run(f"{READ}; echo no")
    assert cell.record.status is Status.INTERRUPTED or cell.status == "error"
    assert "no\n" not in cell.stdout
    assert cell.record.problem is not None
    assert [asked.answered_by for asked in cell.record.input] == [Answerer.INTERRUPT]
