"""`name`: a later block reads the output and the status of a named one."""

from tests.support.notebook import Notebook


def test_a_later_block_reads_the_output_of_a_named_one(kernel: Notebook) -> None:
    cell = kernel.run("#| name: fetch\nprintf 'a\\0b\\xff\\n'; echo noise >&2; (exit 3)")
    assert cell.record.name == "fetch"
    found = kernel.run(
        "od -An -tx1 $ET_OUT_fetch; echo status $ET_STATUS_fetch; stat -c %a $ET_OUT_fetch"
    )
    assert found.stdout == " 61 00 62 ff 0a\nstatus 3\n600\n"


def test_the_last_block_with_a_name_is_used(kernel: Notebook) -> None:
    for word in ("one", "two"):
        kernel.run(f"#| name: word\necho {word}")
    assert kernel.run("cat $ET_OUT_word").stdout == "two\n"


def test_a_large_named_output_is_complete(fresh: Notebook) -> None:
    fresh.run("#| name: large\nseq 500000")
    assert fresh.run("seq 500000 | cmp - $ET_OUT_large && echo same").stdout == "same\n"


def test_a_secret_in_a_named_output_is_not_masked(fresh: Notebook) -> None:
    fresh.run("API_TOKEN=hunter2hunter2")
    fresh.run("#| name: login\necho $API_TOKEN")
    assert fresh.run("[ $(cat $ET_OUT_login) = $API_TOKEN ] && echo same").stdout == "same\n"


def test_a_name_is_not_a_step_for_undo(fresh: Notebook) -> None:
    for code in ("x=1", "x=2", "#| name: it\necho it", "echo other"):
        fresh.run(code)
    fresh.run("effecttalk undo")
    assert fresh.run("echo $x $(cat $ET_OUT_it)").stdout == "1 it\n"
