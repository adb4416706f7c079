"""Output in JupyterLab with the server's default rate limits."""

import re

import pytest

from tests.lab.commands import until
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import LabNotebook

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAADAAAAAYCAIAAAAzn+mLAAAALElEQVR42u3OAQkAAAgDsDcxpsUMaA3BwQIs1XNKhISEhISEhISEhISEfoUWGnvNTBxqFUQAAAAASUVORK5CYII="
LEFT_OUT = re.compile(r"^\[effecttalk: [\d,]+ bytes of output omitted here", re.MULTILINE)
PROGRESS = r"""python3 -c "
import pathlib, time
for n in range(1, 1001):
    print(f'\rstep {n} of 1000', end='', flush=True)
    while n == 500 and not pathlib.Path('seen').exists():
        time.sleep(0.02)
    time.sleep(0.001)
print()"
"""
LAYERS = r"""
printf 'Pulling\nlayer a: waiting\nlayer b: waiting\n'
for n in {1..50}; do
    printf '\033[2A\033[Klayer a: %d of 50\n\033[Klayer b: %d of 50\n' $n $((n / 2))
    until [ $n != 20 ] || [ -e seen ]; do sleep 0.02; done
    sleep 0.02
done
"""
BARS = {
    "one line": (PROGRESS, "step 500 of 1000", "step 1000 of 1000\n", r"step \d+ of 1000\n?"),
    "several lines": (
        LAYERS,
        "Pulling\nlayer a: 20 of 50\nlayer b: 10 of 50\n",
        "Pulling\nlayer a: 50 of 50\nlayer b: 25 of 50\n",
        # A terminal passes the end of a line on its own.
        r"Pulling\nlayer a: (waiting|\d+ of 50)\nlayer b: (waiting|\d+ of 50)\n?",
    ),
}


def flood_until(name: str) -> str:
    """Return a command that keeps printing until there is a file of this name."""
    return f"until [ -e {name} ]; do seq 1 200000; done"


def assert_no_rate_limit(notebook: LabNotebook, *numbers: int) -> None:
    """Check the cells' stderr and the server's log, where Jupyter reports rate limits."""
    texts = [notebook.server_log, *(str(notebook.outputs(number)) for number in numbers)]
    for text in texts:
        assert not re.search("rate exceeded|iopub", text, re.IGNORECASE)


def assert_cut_short(text: str, last: int) -> None:
    """Check that the first and the last numbers are shown, and a line about the rest."""
    assert text.startswith("1\n2\n3\n")
    assert len(LEFT_OUT.findall(text)) == 1
    assert text.endswith(f"{last - 1}\n{last}\n")


def test_100_megabytes_leave_the_page_usable(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"{flood_until('typed')}; seq 1 13000000", "")
    with notebook.bound_work(seconds=4):
        notebook.start(0)
        notebook.wait_for_text(0, "1000\n")
        notebook.type(1, "echo fine")
        assert notebook.is_running(0)
        notebook.wait_for_text(0, "not shown yet")  # the progress of a running block
        notebook.touch("typed")
        notebook.run(1)
        notebook.wait_for_text(1, "fine")
        notebook.wait_for_text(0, "13000000\n")
    assert_cut_short(notebook.text(0), 13_000_000)
    assert_no_rate_limit(notebook, 0, 1)


def test_flood_on_both_streams_exceeds_no_rate_limit(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("seq 1 3000000 | tee /dev/stderr", "echo fine")
    notebook.run_all()
    notebook.wait_for_whole_text(1, "fine\n")
    for name in ("stdout", "stderr"):
        assert_cut_short(notebook.stream(0, name), 3_000_000)
    assert_no_rate_limit(notebook, 0)


def test_session_is_usable_during_ten_background_floods(open_notebook: OpenNotebook) -> None:
    floods = range(10)
    notebook = open_notebook(*(f"({flood_until('enough')}) &" for _ in floods), "echo fine")
    notebook.run_all()
    notebook.wait_for_whole_text(10, "fine\n")
    for number in floods:
        notebook.wait_for_status(number, "background")
    notebook.touch("enough")
    for number in floods:
        notebook.wait_for_status(number, "success")
        assert_cut_short(notebook.stream(number), 200_000)
    assert_no_rate_limit(notebook, *floods)


@pytest.mark.parametrize(("code", "middle", "final", "states"), BARS.values(), ids=BARS)
def test_progress_is_overwritten_and_its_end_is_saved(
    open_notebook: OpenNotebook, code: str, middle: str, final: str, states: str
) -> None:
    notebook = open_notebook(code)
    notebook.watch(0)
    notebook.start(0)
    notebook.wait_for_whole_text(0, middle)
    notebook.touch("seen")
    notebook.wait_until_idle()
    outputs = notebook.save().cells[0].outputs
    assert [output.text for output in outputs if output.output_type == "stream"] == [final]
    notebook.wait_for_whole_text(0, final)
    assert middle in notebook.shown
    assert [text for text in notebook.shown if text and not re.fullmatch(states, text)] == []


def test_clear_clears_the_cell(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"echo gone; {until('seen')}; clear; echo kept")
    notebook.start(0)
    notebook.wait_for_text(0, "gone")
    notebook.touch("seen")
    notebook.wait_until_idle()
    notebook.wait_for_whole_text(0, "kept\n")


def test_late_output_reaches_its_cell(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(f"({until('seen')}; echo late) &", "echo other")
    notebook.run_all()
    notebook.touch("seen")
    notebook.wait_for_stream(0, "late\n")
    notebook.wait_for_status(0, "success")
    assert notebook.stream(1) == "other\n"


def test_colours_pictures_and_tables_are_shown(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        r"printf '\033[31mred\033[0m \033[1;38;5;208morange\033[0m plain\n'",
        rf"printf 'before \033]1337;File=inline=1:%s\007 after\n' {PICTURE}",
        r"printf 'name,size\nkernel,1\nshell,2\n' >sizes.csv; display sizes.csv",
    )
    notebook.run_all()
    notebook.output(0).locator(".ansi-red-fg", has_text="red").wait_for()
    picture = notebook.output(1).locator("img")
    picture.wait_for()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 48
    cells = notebook.output(2).locator("table tr").last.locator("td, th")
    cells.first.wait_for()
    assert cells.all_inner_texts() == ["shell", "2"]
