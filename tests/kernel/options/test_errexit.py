"""`errexit`: a block ends with the first command that fails."""

from tests.support.notebook import Notebook


def test_the_block_ends_with_the_first_failure_and_the_session_goes_on(
    fresh: Notebook,
) -> None:
    fresh.run("f() { echo f; }; x=1")
    cell = fresh.run("#| errexit: true\nx=2; false || echo asked; false; echo after")
    assert (cell.stdout, cell.record.exit_status) == ("asked\n", 1)
    assert cell.evalue == "`false` in line 2 ended with exit status 1"
    assert fresh.run("false; echo $x; f; [[ -o errexit ]] || echo off").stdout == "2\nf\noff\n"


def test_the_option_of_the_session_is_as_before(fresh: Notebook) -> None:
    before = fresh.run("echo $-").stdout
    assert fresh.run("#| errexit: true\nset -o | grep errexit").stdout.split() == ["errexit", "on"]
    assert fresh.run("echo $-").stdout == before
    assert fresh.run("false; echo on").stdout == "on\n"
