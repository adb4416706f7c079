"""Lab: JupyterLab in a real browser, as a person uses it.

A server with its default limits, and Chromium with one page per notebook.
Nothing sleeps: whoever waits names the state, and a deadline ends the wait.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import nbformat
from nbformat import NotebookNode
from playwright.sync_api import BrowserContext, Locator, Page, Playwright

from effecttalk_kernel.output.record import MIME_TYPE
from tests.support.jupyter import PATIENCE_SECONDS, JupyterProcess

CHROMIUM: Final = shutil.which("chromium")
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
# As it is built, which what is installed may not be any more.
EXTENSION: Final = Path(__file__).parents[2] / "effecttalk_kernel/labextension"
# Which switches our server extension on; an environment for development may not have it.
SERVER_CONFIG: Final = Path(__file__).parents[2] / "jupyter-config/jupyter_server_config.d"
DIRECTORIES: Final = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}
# What Lab would fetch, ask and do by itself.
LAB_SETTINGS: Final[Mapping[str, Mapping[str, object]]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}
ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")
# In the page: the open notebook, what a cell has shown, and how long nothing could happen.
SCRIPT: Final = """
globalThis.probe = {
  longestBlock: 0,
  shown: [],
  get panel() { return jupyterapp.shell.currentWidget; },
  get cells() { return this.panel.content.widgets; },
  get isIdle() {
    const status = this.panel?.sessionContext?.session?.kernel?.status;
    return status === 'idle' && this.cells.every(cell => cell.prompt !== '*');
  },
  text(number) {
    const shown = this.cells[number].outputArea.node.cloneNode(true);
    shown.querySelectorAll('.et-Header').forEach(header => header.remove());
    return shown.textContent;
  },
  outputs(number) { return this.cells[number].model.outputs.toJSON(); },
  status(number) {
    const records = this.outputs(number).map(output => output.data?.['MIME_TYPE']);
    return records.find(record => record)?.status;
  },
  watch(number) {
    const note = () => {
      const text = this.text(number);
      if (text !== this.shown.at(-1)) this.shown.push(text);
    };
    const parts = { childList: true, characterData: true, subtree: true };
    new MutationObserver(note).observe(this.cells[number].outputArea.node, parts);
  },
};
{
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    probe.longestBlock = Math.max(probe.longestBlock, now - last);
    last = now;
  }, 10);
}
""".replace("MIME_TYPE", MIME_TYPE)


class Server(JupyterProcess):
    """A JupyterLab server."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, ADDRESS)

    def set(self, name: str, settings: Mapping[str, object]) -> None:
        """Set what one of Lab's plugins does in pages that are opened from now on."""
        file = self._directory / f"settings/@jupyterlab/{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))

    def prepare(self) -> None:
        """Switch off what Lab does by itself, and have the extension as it is built."""
        for name, settings in LAB_SETTINGS.items():
            self.set(name, settings)
        extensions = self._directory / "data/labextensions"
        extensions.mkdir(parents=True)
        if EXTENSION.exists():
            (extensions / "effecttalk").symlink_to(EXTENSION)
        (self._directory / "config" / SERVER_CONFIG.name).symlink_to(SERVER_CONFIG)

    @property
    def environment(self) -> Mapping[str, str]:
        """Its own variables."""
        # Else a virtual environment's own extension, which is a copy, comes first.
        own = {"JUPYTER_PREFER_ENV_PATH": "0"}
        return own | {name: str(self._directory / part) for name, part in DIRECTORIES.items()}

    @property
    def arguments(self) -> list[str]:
        """The module that it is, and its options."""
        return ["jupyterlab", "--LabApp.expose_app_in_browser=True"]


@contextmanager
def chromium(playwright: Playwright, profile: Path) -> Iterator[BrowserContext]:
    """The system's Chromium with a fresh profile, never one that Playwright downloads."""
    with playwright.chromium.launch_persistent_context(
        profile,
        executable_path=CHROMIUM,
        chromium_sandbox=False,
        args=FLAGS,
        viewport={"width": 1100, "height": 800},
    ) as context:
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.add_init_script(SCRIPT)
        yield context


class LabNotebook:
    """A notebook in a page of JupyterLab, in a directory of its own; cells count from 0."""

    def __init__(self, page: Page, server: Server, directory: Path) -> None:
        self.page = page
        self.directory = directory
        self._address = server.address
        self._server = server
        self._file = directory / "notebook.ipynb"
        self._log_start = len(server.log)

    @classmethod
    def open(
        cls,
        context: BrowserContext,
        server: Server,
        name: str,
        cells: Sequence[str],
        address: str | None = None,
    ) -> Self:
        """Make a notebook with *cells*, open it, and wait until its kernel is idle."""
        content = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(code) for code in cells],
            metadata={"kernelspec": {"name": "effecttalk", "display_name": "EffectTalk"}},
        )
        notebook = cls.show(context, server, name, content, address)
        notebook.wait_until_idle()
        notebook.page.evaluate("probe.longestBlock = 0")
        return notebook

    @classmethod
    def show(
        cls,
        context: BrowserContext,
        server: Server,
        name: str,
        content: NotebookNode,
        address: str | None = None,
    ) -> Self:
        """Save a notebook and open it, whatever its kernel does; *address*: by another way."""
        (server.notebooks / name).mkdir()
        notebook = cls(context.new_page(), server, server.notebooks / name)
        notebook._address = address or server.address
        nbformat.write(content, notebook._file)
        notebook.load()
        return notebook

    def load(self) -> None:
        """Open the page, or open it again."""
        place, token = self._address.split("?")
        self.page.goto(f"{place}/tree/{self.directory.name}/notebook.ipynb?reset&{token}")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")
        self.page.locator(".jp-CodeCell").first.wait_for()

    def close(self) -> None:
        """End the kernel and close the page."""
        self.page.evaluate(
            "probe.panel.sessionContext.session && probe.panel.sessionContext.shutdown()"
        )
        self.page.close()

    # What a person does.

    def run(self, number: int) -> None:
        """Run a cell and wait until the kernel is idle."""
        self.start(number)
        self.wait_until_idle()

    def start(self, number: int) -> None:
        """Run a cell and wait until it has begun."""
        before = self._execution_count(number)
        self._editor(number).click()
        self.page.keyboard.press("Control+Enter")
        self._wait_for_start(number, before)

    def run_all(self) -> None:
        """Run every cell and wait until the kernel is idle."""
        self.start_all()
        self.wait_until_idle()

    def start_all(self) -> None:
        """Run every cell and wait until the first has begun."""
        before = self._execution_count(0)
        self.page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
        self._wait_for_start(0, before)

    def type(self, number: int, text: str) -> None:
        """Type *text* at the end of a cell and wait until it stands there."""
        editor = self._editor(number)
        editor.click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)
        arguments = [number, text]
        self.wait("([n, text]) => probe.cells[n].editor.host.innerText.includes(text)", arguments)

    def save(self) -> NotebookNode:
        """Save with the keyboard and return what is in the file."""
        self._editor(0).click()  # an input box that is gone has left the keyboard to nobody
        self.page.keyboard.press("Control+s")
        self.wait("() => !probe.panel.context.model.dirty")
        return nbformat.read(self._file, as_version=4)

    def touch(self, name: str) -> None:
        """Make an empty file, for which a cell waits."""
        (self.directory / name).touch()

    # What a person sees.

    def text(self, number: int) -> str:
        """The text under a cell."""
        return str(self.page.evaluate("n => probe.text(n)", number))

    def output(self, number: int) -> Locator:
        """The output area of a cell."""
        return self._cell(number).locator(".jp-Cell-outputArea")

    def is_running(self, number: int) -> bool:
        """Whether the cell has the star of a running one."""
        return bool(self.page.evaluate("n => probe.cells[n].prompt === '*'", number))

    def watch(self, number: int) -> None:
        """Note every text that a cell shows from now on."""
        self.page.evaluate("n => probe.watch(n)", number)

    @property
    def shown(self) -> list[str]:
        """The texts that the watched cell has shown one after another."""
        return list(self.page.evaluate("probe.shown"))

    @property
    def longest_block_seconds(self) -> float:
        """The longest time for which the page could do nothing since it was open."""
        return float(self.page.evaluate("probe.longestBlock")) / 1000

    def screenshot(self, file: Path) -> None:
        # To still animations, Playwright changes the page's style: seconds of layout for a flood.
        self.page.screenshot(path=file, animations="allow", caret="initial")

    # What a person does not see.

    def status(self, number: int) -> str | None:
        """The status in the record of a cell's block."""
        status: str | None = self.page.evaluate("n => probe.status(n)", number)
        return status

    def outputs(self, number: int) -> list[dict[str, Any]]:
        """The outputs of a cell in the page's model, without the block's record."""
        outputs = self.page.evaluate("n => probe.outputs(n)", number)
        return [output for output in outputs if MIME_TYPE not in output.get("data", {})]

    def stream(self, number: int, name: str = "stdout") -> str:
        """All text of one stream of a cell."""
        return "".join(o["text"] for o in self.outputs(number) if o.get("name") == name)

    @property
    def server_log(self) -> str:
        """What the server has said since the notebook was opened."""
        return self._server.log[self._log_start :]

    # Waiting.

    def wait(self, function: str, argument: object = None) -> None:
        """Wait until a function in the page returns something true."""
        self.page.wait_for_function(function, arg=argument)

    def wait_until_idle(self) -> None:
        """Wait until no cell runs or waits to be run."""
        self.wait("() => probe.isIdle")

    def wait_for_text(self, number: int, text: str) -> None:
        self.wait("([n, text]) => probe.text(n).includes(text)", [number, text])

    def wait_for_status(self, number: int, status: str) -> None:
        self.wait("([n, status]) => probe.status(n) === status", [number, status])

    def _execution_count(self, number: int) -> int | None:
        count: int | None = self.page.evaluate("n => probe.cells[n].model.executionCount", number)
        return count

    def _wait_for_start(self, number: int, before: int | None) -> None:
        """Wait until the cell has its star, or is over already."""
        begun = "probe.cells[n].prompt === '*' || probe.cells[n].model.executionCount !== before"
        self.wait(f"([n, before]) => {begun}", [number, before])

    def _cell(self, number: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def _editor(self, number: int) -> Locator:
        return self._cell(number).locator(".cm-content")
