"""Filtering the output of a block, and finding text in it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Locator, expect

from tests.lab.accessibility import THEMES, contrasts, low_contrast, show_theme, violations
from tests.lab.actions import (
    MENU,
    command,
    is_enabled,
    press,
    select,
    wait_for_active,
    wait_until_enabled,
)
from tests.lab.blocks import wait_for_badge
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, LabNotebook

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

LONG: Final = 200_000
# The text of the rows from the first to the last one in view.
ROWS: Final = """n => [...probe.cells[n].node.querySelectorAll('.et-Lines-space > :not([aria-hidden])')]
    .map(row => [row.querySelector('.et-Line-number'), row.querySelector('.et-Line-text') ?? row]
        .map(part => part?.textContent).filter(text => text !== undefined).join(' '))"""
MARKED: Final = """n => [...probe.cells[n].node.querySelectorAll('.et-Line')]
    .filter(row => row.querySelector('mark'))
    .map(row => [...row.querySelectorAll('mark')].map(mark => mark.textContent))"""
# The current match, if it is completely in view.
CURRENT: Final = """n => {
    const row = probe.cells[n].node.querySelector('.et-Line[aria-current]');
    const list = row?.closest('.et-Lines').getBoundingClientRect();
    const { top, bottom } = row?.getBoundingClientRect() ?? {};
    const isInView = row && top >= list.top - 1 && bottom <= list.bottom + 1;
    return isInView ? row.querySelector('.et-Line-text').textContent : null;
}"""
# Closes a bar without settings.
FORGET: Final = """bar => {
    bar.querySelectorAll('[aria-pressed="true"]').forEach(toggle => toggle.click());
    bar.querySelector('[type="text"]').value = '';
    bar.querySelector('[type="number"]').value = '0';
    bar.querySelector('select').value = '';
    [...bar.querySelectorAll('button')].at(-1).click();
    probe.isSpent = false;
}"""


@pytest.fixture
def open_notebook(open_notebook: OpenNotebook) -> Iterator[OpenNotebook]:
    """Open a notebook, and leave no settings for the bar of the next one."""
    opened: list[LabNotebook] = []

    def open_one(*cells: str) -> LabNotebook:
        opened.append(open_notebook(*cells))
        return opened[-1]

    yield open_one
    for notebook in opened:
        if bar(notebook).count() == 0:
            open_bar(notebook, 0)
        bar(notebook).evaluate(FORGET)


def bar(notebook: LabNotebook) -> Locator:
    return notebook.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .et-FilterBar")


def open_bar(notebook: LabNotebook, number: int, keys: str = "e g") -> Locator:
    """Open the bar of a cell by keys, and wait until it has the focus."""
    notebook.use_up_page()  # a new bar starts with the settings of the last one
    select(notebook, number)
    wait_until_enabled(notebook, "filter-output")
    press(notebook, keys)
    expect(field(notebook)).to_be_focused()
    return bar(notebook)


def field(notebook: LabNotebook) -> Locator:
    return bar(notebook).get_by_role("textbox")


def toggle(notebook: LabNotebook, name: str) -> None:
    bar(notebook).get_by_role("button", name=name).click()


def wait_for_count(notebook: LabNotebook, text: str) -> None:
    expect(bar(notebook).get_by_role("status")).to_have_text(text)


def rows(notebook: LabNotebook, number: int = 0) -> list[str]:
    return list(notebook.page.evaluate(ROWS, number))


def wait_for_rows(notebook: LabNotebook, *expected: str) -> None:
    script = f"expected => JSON.stringify(({ROWS})(0)) === expected"
    notebook.wait(script, json.dumps(expected, separators=(",", ":"), ensure_ascii=False))


def wait_for_current(notebook: LabNotebook, text: str) -> None:
    notebook.wait(f"text => ({CURRENT})(0) === text", text)


def run_and_wait(notebook: LabNotebook) -> None:
    notebook.run(0)
    wait_for_badge(notebook, 0, "success")


# Filter.


def test_matching_lines_replace_the_output(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("printf '%s\\n' one Two three two.two four; echo oh two >&2")
    run_and_wait(notebook)
    notebook.save()
    before = notebook.outputs(0)
    streams = notebook.output(0).locator("[data-mime-type^='application/vnd.jupyter.std']")
    open_bar(notebook, 0)
    wait_for_count(notebook, "6 lines")
    expect(streams.first).to_be_hidden()
    notebook.page.keyboard.type("two")
    wait_for_count(notebook, "3 of 6 lines")
    texts = f"({ROWS})(0).map(row => row.replace(/^\\d+ /, '')).sort().join()"
    notebook.wait(f"expected => {texts} === expected", "Two,oh two,two.two")
    notebook.wait(f"() => ({MARKED})(0).some(marks => marks.join() === 'two,two')")
    marked = notebook.page.locator(".et-Line.et-mod-error")
    assert marked.get_attribute("title") == "Standard error"
    assert "oh two" in marked.inner_text()
    bar(notebook).get_by_role("combobox").select_option("stdout")
    wait_for_count(notebook, "2 of 5 lines")
    wait_for_rows(notebook, "2 Two", "4 two.two")
    toggle(notebook, "Match case")
    wait_for_rows(notebook, "4 two.two")
    field(notebook).fill("o$")
    wait_for_rows(notebook)
    toggle(notebook, "Regular expression")
    wait_for_rows(notebook, "2 Two", "4 two.two")
    toggle(notebook, "Lines without a match")
    wait_for_rows(notebook, "1 one", "3 three", "5 four")
    field(notebook).fill("^o|^f")
    toggle(notebook, "Lines without a match")
    bar(notebook).get_by_role("spinbutton").fill("1")
    wait_for_rows(notebook, "1 one", "2 Two", "--", "4 two.two", "5 four")
    field(notebook).press("Escape")
    wait_for_active(notebook, 0)
    expect(bar(notebook)).to_have_count(0)
    expect(streams.first).to_be_visible()
    assert notebook.outputs(0) == before
    assert notebook.page.evaluate("probe.panel.context.model.dirty") is False


def test_invalid_expression_keeps_the_last_result(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("printf '%s\\n' '(a' b")
    run_and_wait(notebook)
    open_bar(notebook, 0)
    notebook.page.keyboard.type("(a")
    wait_for_rows(notebook, "1 (a")
    toggle(notebook, "Regular expression")
    expect(field(notebook)).to_have_attribute("aria-invalid", "true")
    error = bar(notebook).locator(".et-FilterBar-error")
    expect(error).to_have_text("Invalid regular expression: Unterminated group.")
    assert rows(notebook) == ["1 (a"]
    field(notebook).fill("(b)")
    wait_for_rows(notebook, "2 b")
    expect(error).to_be_hidden()
    expect(field(notebook)).to_have_attribute("aria-invalid", "false")


def test_large_output_is_searched_without_blocking_the_page(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(f"seq 1 {LONG}")
    run_and_wait(notebook)
    assert len(notebook.stream(0).splitlines()) < LONG
    open_bar(notebook, 0)
    wait_for_count(notebook, "200,000 lines")
    with notebook.bound_work(seconds=4):
        notebook.page.keyboard.type("99999")
        wait_for_count(notebook, "2 of 200,000 lines")
        wait_for_rows(notebook, "99999 99999", "199999 199999")
        field(notebook).fill("7")
        wait_for_count(notebook, "81,902 of 200,000 lines")
        assert len(rows(notebook)) < 200
    notebook.page.locator(".et-Lines").focus()
    notebook.page.keyboard.press("End")
    notebook.wait(f"() => ({ROWS})(0).at(-1) === '199997 199997'")


def test_slow_expression_is_stopped_without_blocking_the_page(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        f"seq 1 {LONG}; printf 'a%.0s' {{1..60}}; echo '!'", "echo $(( 6 * 7 ))"
    )
    run_and_wait(notebook)
    open_bar(notebook, 0)
    wait_for_count(notebook, "200,001 lines")
    toggle(notebook, "Regular expression")
    field(notebook).fill("^(a+)+$")
    expect(bar(notebook).get_by_role("status")).to_contain_text("Searching")
    # Meanwhile another cell is run by a click and a key.
    notebook.run(1)
    assert notebook.stream(1) == "42\n"
    error = bar(notebook).locator(".et-FilterBar-error")
    expect(error).to_have_text("This expression takes too long.")
    expect(field(notebook)).to_have_attribute("aria-invalid", "true")
    field(notebook).fill("^(a+)+!$")
    wait_for_count(notebook, "1 of 200,001 lines")
    expect(error).to_be_hidden()


def test_filter_follows_new_output_and_another_run(open_notebook: OpenNotebook) -> None:
    loop = "until [ -e $n ]; do sleep 0.02; done; echo line $n; echo other"
    notebook = open_notebook(f"echo line zero; for n in one two; do {loop}; done")
    notebook.start(0)
    notebook.wait_for_text(0, "zero")
    wait_for_badge(notebook, 0, "running")
    open_bar(notebook, 0)
    notebook.page.keyboard.type("line")
    wait_for_rows(notebook, "1 line zero")
    notebook.touch("one")
    wait_for_rows(notebook, "1 line zero", "2 line one")
    notebook.touch("two")
    wait_for_rows(notebook, "1 line zero", "2 line one", "4 line two")
    notebook.wait_until_idle()
    (notebook.directory / "two").unlink()
    notebook.start(0)
    wait_for_rows(notebook, "1 line zero", "2 line one")
    notebook.touch("two")
    wait_for_count(notebook, "3 of 5 lines")


# Find.


def test_keys_move_to_other_matches(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("for n in {1..3000}; do echo line $n; done")
    run_and_wait(notebook)
    open_bar(notebook, 0, "e /")
    notebook.page.keyboard.type("00")
    wait_for_count(notebook, "Match 1 · 48 of 3,000 lines")
    wait_for_current(notebook, "line 100")
    assert "99 line 99" in rows(notebook)
    press(notebook, "Enter Enter")
    wait_for_current(notebook, "line 300")
    press(notebook, "Shift+Enter F3 F3")
    wait_for_current(notebook, "line 400")
    wait_for_count(notebook, "Match 4 · 48 of 3,000 lines")
    for _ in range(4):
        toggle(notebook, "Previous match")
    wait_for_current(notebook, "line 3000")
    bar(notebook).get_by_role("checkbox").check()
    wait_for_count(notebook, "Match 48 · 48 of 3,000 lines")
    wait_for_current(notebook, "line 3000")
    assert "99 line 99" not in rows(notebook)
    toggle(notebook, "Close")
    expect(bar(notebook)).to_have_count(0)
    # The last search is there again.
    open_bar(notebook, 0)
    expect(field(notebook)).to_have_value("00")
    wait_for_count(notebook, "48 of 3,000 lines")


# Place.


@pytest.mark.usefixtures("windowed")
def test_filter_stays_after_scrolling_and_in_its_view(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook("seq 1 3000", *["seq 1 40"] * 30)
    notebook.run_all()
    notebook.scroll_to(0, "start")
    open_bar(notebook, 0, "e /")
    notebook.page.keyboard.type("2500")
    wait_for_current(notebook, "2500")
    away = "probe.panel.content.activeCellIndex = 30; document.activeElement.blur();"
    notebook.page.evaluate(f"() => {{ {away} }}")
    notebook.scroll_to(30, "end")
    notebook.wait("() => !probe.cells[0].node.querySelector('.et-FilterBar')?.checkVisibility()")
    notebook.scroll_to(0, "start")
    notebook.wait("() => probe.cells[0].node.querySelector('.et-FilterBar')?.checkVisibility()")
    wait_for_current(notebook, "2500")
    notebook.page.evaluate("void (globalThis.first = probe.panel)")
    notebook.page.evaluate("void jupyterapp.commands.execute('docmanager:clone')")
    notebook.wait("() => probe.panel !== first && probe.cells?.[0]?.outputArea?.node.isConnected")
    bars = notebook.page.locator(".et-FilterBar")
    expect(bars).to_have_count(1)
    notebook.page.evaluate("probe.panel.content.activeCellIndex = 0")
    command(notebook, "filter-output")
    expect(bars).to_have_count(2)
    notebook.wait("() => probe.cells[0].node.contains(document.activeElement.closest('input'))")
    notebook.page.keyboard.press("Escape")
    expect(bars).to_have_count(1)
    in_first = "first.content.widgets[0].node.querySelector('.et-FilterBar') !== null"
    assert notebook.page.evaluate(in_first)
    assert "2500" in notebook.page.locator(".et-Line[aria-current]").inner_text()


def test_filter_commands_are_in_the_menu_of_cells_with_output(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook("echo one", "echo two")
    notebook.run(0)
    wait_for_badge(notebook, 0, "success")
    select(notebook, 1)
    assert not is_enabled(notebook, "filter-output")
    notebook.page.locator(".jp-Cell .jp-InputPrompt").first.click(button="right")
    notebook.page.locator(".lm-Menu-item", has_text="Block").click()
    assert notebook.page.locator(MENU.format("copy-output")).count() == 1
    notebook.page.locator(MENU.format("find-in-output")).wait_for()
    notebook.use_up_page()
    notebook.page.locator(MENU.format("filter-output")).click()
    expect(field(notebook)).to_be_focused()
    wait_for_count(notebook, "1 line")


# Accessibility.


def test_filter_is_accessible(open_notebook: OpenNotebook, screenshots: Path) -> None:
    code = "for n in {1..400}; do echo \"2024-05-17 GET /item/$n 200\"; done; echo 'GET: timed out' >&2"
    notebook = open_notebook(code)
    run_and_wait(notebook)
    open_bar(notebook, 0)
    toggle(notebook, "Regular expression")
    field(notebook).fill("item/.7 |timed")
    bar(notebook).get_by_role("spinbutton").fill("1")
    wait_for_count(notebook, "10 of 401 lines")
    press(notebook, "F3 F3")
    wait_for_count(notebook, "Match 2 · 10 of 401 lines")
    for theme in THEMES:
        show_theme(notebook.page, theme)
        texts = contrasts(
            notebook.page,
            ".et-FilterBar label, .et-FilterBar button, .et-FilterBar-count, .et-Line span, mark",
        )
        notebook.screenshot(screenshots / f"filter-{theme}.png")
        assert violations(notebook.page, ".et-OutputFilter") == []
        assert len(texts) > 40
        assert low_contrast([one for one in texts if one[0].strip()]) == []
