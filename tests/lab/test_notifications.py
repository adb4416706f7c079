"""Notifications about long blocks and questions while the page is hidden."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.blocks import wait_for_badge
from tests.lab.commands import until
from tests.lab.conftest import OpenNotebook
from tests.lab.lab import EXTENSION, LabNotebook

pytestmark = pytest.mark.skipif(
    not EXTENSION.exists(), reason="the extension is not built (npm run build in labextension)"
)

# The browser's notifications, and a page that can be hidden.
STUB = """permission => {
globalThis.OriginalNotification ??= Notification;
globalThis.told = [];
globalThis.isHidden = false;
Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
globalThis.Notification = class {
  static permission = permission;
  static requestPermission() {
    globalThis.hasAsked = true;
    this.permission = 'granted';
    return Promise.resolve('granted');
  }
  constructor(title, options) { told.push({ title, ...options, click: () => this.onclick() }); }
  close() {}
};
}"""

RESTORE = """() => {
delete document.hidden;
delete globalThis.hasAsked;
globalThis.Notification = globalThis.OriginalNotification ?? Notification;
}"""
SETTINGS = "effecttalk:notifications"


class Hidden:
    """A notebook in a page that can be hidden."""

    def __init__(self, notebook: LabNotebook, permission: str = "granted") -> None:
        self.notebook = notebook
        notebook.page.evaluate(STUB, permission)

    def hide(self, *, is_hidden: bool = True) -> None:
        self.notebook.page.evaluate("is => { globalThis.isHidden = is; }", is_hidden)

    @property
    def told(self) -> list[dict[str, Any]]:
        """The notifications of the browser."""
        return list(self.notebook.page.evaluate("told.map(({ click, ...one }) => one)"))

    def wait_for_told(self, count: int) -> None:
        self.notebook.wait("count => told.length >= count", count)


@pytest.fixture
def quick(open_notebook: OpenNotebook) -> Iterator[LabNotebook]:
    """A notebook whose blocks count as long once a badge shows that they are running."""
    notebook = open_notebook(f"{until('one')}; (exit 3)", f"read x; {until('two')}", "true")
    notebook.set(SETTINGS, {"seconds": 0.03})
    yield notebook
    notebook.page.evaluate(RESTORE)
    notebook.set(SETTINGS, {})


def test_end_of_a_long_block_is_notified_and_a_click_leads_to_it(quick: LabNotebook) -> None:
    page = Hidden(quick)
    page.hide()
    quick.start(0)
    wait_for_badge(quick, 0, "running")
    quick.touch("one")
    page.wait_for_told(1)
    (told,) = page.told
    assert told["title"] == "Cell 1: failed: exit status 3"
    assert told["body"] == f"notebook.ipynb\n{until('one')}; (exit 3)"
    quick.page.locator(".jp-toast-message", has_text="failed: exit status 3").wait_for()
    quick.page.evaluate("probe.panel.content.activeCellIndex = 2")
    quick.page.evaluate("told[0].click()")
    quick.wait("() => probe.panel.content.activeCellIndex === 0")


def test_end_of_a_short_block_is_not_notified(quick: LabNotebook) -> None:
    quick.set(SETTINGS, {"seconds": 3600})
    page = Hidden(quick)
    page.hide()
    quick.run(2)
    quick.start(1)
    page.wait_for_told(1)
    assert [told["title"] for told in page.told] == ["Cell 2: waiting for input"]
    quick.touch("two")


def test_question_is_notified(quick: LabNotebook) -> None:
    page = Hidden(quick)
    page.hide()
    quick.start(1)
    page.wait_for_told(1)
    assert page.told[0]["title"] == "Cell 2: waiting for input"
    answer = quick.output(1).locator(".et-Answer-field")
    answer.fill("yes")
    answer.press("Enter")
    quick.touch("two")
    page.wait_for_told(2)
    assert page.told[1]["title"] == "Cell 2: success"


def test_no_notification_while_the_page_is_visible(quick: LabNotebook) -> None:
    page = Hidden(quick)
    quick.start(0)
    quick.touch("one")
    wait_for_badge(quick, 0, "failed")
    page.hide()
    quick.start(1)
    page.wait_for_told(1)
    assert [told["title"] for told in page.told] == ["Cell 2: waiting for input"]


def test_notifications_can_be_switched_off(quick: LabNotebook) -> None:
    quick.set(SETTINGS, {"seconds": 0.03, "enabled": False})
    page = Hidden(quick)
    page.hide()
    quick.start(0)
    quick.touch("one")
    wait_for_badge(quick, 0, "failed")
    assert page.told == []
    assert quick.page.locator(".jp-toast-message", has_text="failed").count() == 0


def test_permission_is_requested_only_by_the_command(quick: LabNotebook) -> None:
    page = Hidden(quick, "default")
    page.hide()
    quick.start(1)
    quick.page.locator(".jp-toast-message", has_text="waiting for input").wait_for()
    assert page.told == []
    assert quick.page.evaluate("globalThis.hasAsked") is None
    quick.page.evaluate("void jupyterapp.commands.execute('effecttalk:allow-notifications')")
    quick.wait("() => globalThis.hasAsked")
    answer = quick.output(1).locator(".et-Answer-field")
    answer.fill("yes")
    answer.press("Enter")
    quick.touch("two")
    page.wait_for_told(1)
