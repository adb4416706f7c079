"""JupyterLab in a real browser, as a person uses it.

A server with its default limits, and Chromium. A page takes seconds to load, so the next
notebook is opened in the page of the previous one, which is made as good as new if that is
possible. Settings that have changed since are read again.
Nothing sleeps: tests wait for a state, with a deadline.
"""

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import nbformat
from nbformat import NotebookNode
from playwright.sync_api import (
    BrowserContext,
    Error,
    Locator,
    Page,
    Playwright,
    ViewportSize,
    expect,
)
from playwright.sync_api import TimeoutError as PageTimeoutError

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
# The latest build, which may differ from what is installed.
EXTENSION: Final = Path(__file__).parents[2] / "effecttalk_kernel/labextension"
# Enables the server extension; an environment for development may not have it.
SERVER_CONFIG: Final = Path(__file__).parents[2] / "jupyter-config/jupyter_server_config.d"
DIRECTORIES: Final = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}
# Switches off what Lab would fetch, ask and do on its own.
LAB_SETTINGS: Final[Mapping[str, Mapping[str, object]]] = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
# The launcher may cover a notebook that was opened before it. The others delay every page: one
# imports nbconvert in the server, the others have to be loaded.
DISABLED: Final = (
    "@jupyterlab/launcher-extension",
    "@jupyterlab/notebook-extension:export",
    "@jupyterlab/audio-extension",
    "@jupyterlab/csvviewer-extension",
    "@jupyterlab/extensionmanager-extension",
    "@jupyterlab/htmlviewer-extension",
    "@jupyterlab/hub-extension",
    "@jupyterlab/imageviewer-extension",
    "@jupyterlab/lsp-extension",
    "@jupyterlab/markdownviewer-extension",
    "@jupyterlab/mermaid-extension",
    "@jupyterlab/pdf-extension",
    "@jupyterlab/pluginmanager-extension",
    "@jupyterlab/vega5-extension",
    "@jupyterlab/video-extension",
)
PAGE_CONFIG: Final = {
    # Whether assets have to be built.
    "buildAvailable": False,
    "buildCheck": False,
    "disabledExtensions": dict.fromkeys(DISABLED, True),
}
POLL_MILLISECONDS: Final = 50
# How many times slower than this machine a page computes.
SLOWDOWN: Final = float(os.environ.get("LAB_SLOWDOWN", "1"))
VIEWPORT: Final[ViewportSize] = {"width": 1100, "height": 800}
ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")
SETTINGS_REGISTRY: Final = "@jupyterlab/coreutils:ISettingRegistry"
# In the page: the current notebook, and what a cell has shown.
SCRIPT: Final = """
globalThis.probe = {
  shown: [],
  isSpent: false,
  problem: '',
  // Return a function that says whether the predicate holds. A predicate that fails is false: what
  // it looks at is not in the page yet. A promise counts, once it is resolved, in a later call.
  condition(predicate) {
    let isPending = false;
    let isResolved = false;
    const note = error => { this.problem = String(error); };
    return argument => {
      if (isPending || isResolved) return isResolved;
      this.problem = '';
      try {
        const result = predicate(argument);
        if (!(result instanceof Promise)) return result;
        isPending = true;
        result.then(value => { isResolved = Boolean(value); }, note)
          .then(() => { isPending = false; });
      } catch (error) {
        note(error);
      }
      return false;
    };
  },
  // What is seen when a condition has not become true.
  describe() {
    const focus = document.activeElement?.outerHTML.slice(0, 200);
    const parts = [...document.querySelectorAll('.jp-Cell, .jp-Dialog, .et-Panel')];
    const texts = parts.filter(part => part.checkVisibility()).map(part => part.innerText);
    return [this.problem, `focus: ${focus}`, ...texts].map(text => text.slice(-500)).join('\\n');
  },
  // Whether Lab has been restored, and shows the notebook with all of its cells.
  isLoaded(count) {
    return jupyterapp.restored.then(() => this.showsNotebook() && this.cells.length === count
      && this.cells[0].outputArea.node.isConnected);
  },
  // Two keys of a shortcut may be any time apart: on a busy machine that may be a second.
  waitForKeys() {
    const { commands } = jupyterapp;
    const giveUp = commands._onPendingTimeout.bind(commands);
    commands._onPendingTimeout = () => { if (commands._exactKeyMatch) giveUp(); };
  },
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
  // Read these plugins' settings from the server again.
  async readSettings(plugins) {
    // Tokens are compared by identity, and this one can be imported by extensions only.
    const tokens = [...jupyterapp.pluginRegistry._services.keys()];
    const token = tokens.find(({ name }) => name === 'SETTINGS_REGISTRY');
    const registry = await jupyterapp.resolveRequiredService(token);
    await Promise.all(plugins.map(plugin => registry.reload(plugin)));
  },
  // Activate the notebook, which may have been opened without the focus.
  showsNotebook() {
    const notebook = [...jupyterapp.shell.widgets('main')].find(widget => widget.context);
    if (notebook && notebook !== this.panel) jupyterapp.shell.activateById(notebook.id);
    return notebook && notebook === this.panel;
  },
  // Close everything, and return whether the page is as it was after it was loaded.
  async clear() {
    if (this.isSpent) return false;
    const { commands, shell } = jupyterapp;
    this.clearPanel();
    shell.activateById('filebrowser');
    shell.expandLeft();
    for (const widget of [...shell.widgets('main')]) {
      if (widget.sessionContext?.session) await widget.sessionContext.shutdown();
      if (widget.context) widget.context.model.dirty = false;
      widget.dispose();
    }
    this.shown = [];
    performance.clearResourceTimings();
    await commands.execute('apputils:dismiss-notification');
    const toast = '.Toastify__toast';
    for (let waits = 0; document.querySelector(toast) !== null && waits < 100; waits += 1) {
      await new Promise(resolve => setTimeout(resolve, 50)); // they fade out
    }
    const isLight = document.body.dataset.jpThemeName === 'JupyterLab Light';
    return isLight && document.querySelector(`.jp-Dialog, ${toast}`) === null;
  },
  // What is chosen in the panel stays when another notebook is shown.
  clearPanel() {
    const panel = document.querySelector('#effecttalk-panel');
    for (const button of panel?.querySelectorAll('[aria-pressed="true"]') ?? []) button.click();
    for (const field of panel?.querySelectorAll('input') ?? []) {
      field.value = '';
      field.dispatchEvent(new Event('input'));
    }
    const environment = panel?.querySelector('[aria-label^="Environment"][aria-expanded="true"]');
    environment?.click();
  },
};
""".replace("MIME_TYPE", MIME_TYPE).replace("SETTINGS_REGISTRY", SETTINGS_REGISTRY)


class Server(JupyterProcess):
    """A JupyterLab server."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, ADDRESS)
        # How often the settings of each plugin have changed.
        self.settings_versions: Counter[str] = Counter()

    def set(self, plugin: str, settings: Mapping[str, object]) -> None:
        """Change the settings of a plugin for notebooks that are opened from now on."""
        file = self._directory / f"settings/{plugin.replace(':', '/')}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(settings)
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            self.settings_versions[plugin] += 1

    def prepare(self) -> None:
        """Switch off what Lab does on its own, and install the latest build of the extension."""
        for name, settings in LAB_SETTINGS.items():
            self.set(name, settings)
        lab_config = self._directory / "config/labconfig"
        lab_config.mkdir()
        (lab_config / "page_config.json").write_text(json.dumps(PAGE_CONFIG))
        extensions = self._directory / "data/labextensions"
        extensions.mkdir(parents=True)
        if EXTENSION.exists():
            (extensions / "effecttalk").symlink_to(EXTENSION)
        (self._directory / "config" / SERVER_CONFIG.name).symlink_to(SERVER_CONFIG)

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the variables that it needs."""
        # Otherwise the copy of the extension in a virtual environment takes precedence.
        own = {"JUPYTER_PREFER_ENV_PATH": "0"}
        return own | {name: str(self._directory / part) for name, part in DIRECTORIES.items()}

    @property
    def arguments(self) -> list[str]:
        """Return the module and its options."""
        return ["jupyterlab", "--LabApp.expose_app_in_browser=True"]


class StoreServer(Server):
    """A JupyterLab server whose kernels have a store of their own."""

    @property
    def environment(self) -> Mapping[str, str]:
        return {**super().environment, "EFFECTTALK_DATA_DIR": str(self._store)}

    def empty_store(self) -> None:
        """Remove all sessions and backups; there may be no kernel."""
        shutil.rmtree(self._store, ignore_errors=True)

    @property
    def _store(self) -> Path:
        return self._directory / "store"


class Browser:
    """A browser with at most one page that is ready for the next notebook."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self._ready: tuple[Page, str, Counter[str]] | None = None

    def new_page(self) -> Page:
        """Return an empty page."""
        page = self.context.new_page()
        if SLOWDOWN > 1:
            session = self.context.new_cdp_session(page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        return page

    def take_page(self, server: Server, address: str) -> tuple[Page, bool]:
        """Return a page, and whether it has loaded Lab from this address."""
        ready, self._ready = self._ready, None
        if ready is not None:
            page, origin, versions = ready
            if origin == address:
                read_settings(page, server, versions)
                return page, True
            page.close()
        return self.new_page(), False

    def return_page(self, page: Page, address: str, versions: Counter[str]) -> None:
        """Keep a page if it is as good as new, otherwise close it."""
        page.unroute_all()
        try:
            is_ready = page.evaluate("probe.clear()")
            page.set_viewport_size(VIEWPORT)
        except Error:  # the page is gone, or its connection to the server
            is_ready = False
        if is_ready and self._ready is None:
            self._ready = (page, address, versions)
        else:
            page.close()


def read_settings(page: Page, server: Server, versions: Counter[str]) -> None:
    """Let a page that has the settings of *versions* read those that have changed."""
    changed = [name for name, n in server.settings_versions.items() if versions[name] != n]
    if changed:
        page.evaluate("plugins => probe.readSettings(plugins)", changed)


@contextmanager
def chromium(playwright: Playwright, profile: Path) -> Iterator[Browser]:
    """Start the system's Chromium with a fresh profile, never one that Playwright downloads."""
    with playwright.chromium.launch_persistent_context(
        profile,
        executable_path=CHROMIUM,
        chromium_sandbox=False,
        args=FLAGS,
        viewport=VIEWPORT,
        # The animation of a running block takes as much processor time as the tests themselves.
        reduced_motion="reduce",
    ) as context:
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        context.add_init_script(SCRIPT)
        # Without it, a page may copy for some seconds after a key.
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield Browser(context)


class LabNotebook:
    """A notebook in a page of JupyterLab, in a directory of its own; cells count from 0."""

    def __init__(self, browser: Browser, page: Page, server: Server, directory: Path) -> None:
        self.page = page
        self.directory = directory
        self._browser = browser
        self._address = server.address
        self._server = server
        self._settings_versions = server.settings_versions.copy()
        self._file = directory / "notebook.ipynb"
        self._log_start = len(server.log)

    @classmethod
    def open(
        cls,
        browser: Browser,
        server: Server,
        name: str,
        cells: Sequence[str],
        address: str | None = None,
    ) -> Self:
        """Create a notebook with *cells*, open it and wait until its kernel is idle."""
        content = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(code) for code in cells],
            metadata={"kernelspec": {"name": "effecttalk", "display_name": "EffectTalk"}},
        )
        notebook = cls.show(browser, server, name, content, address)
        notebook.wait_until_idle()
        return notebook

    @classmethod
    def show(
        cls,
        browser: Browser,
        server: Server,
        name: str,
        content: NotebookNode,
        address: str | None = None,
    ) -> Self:
        """Save a notebook and open it, without waiting for its kernel; *address*: of a proxy."""
        (server.notebooks / name).mkdir()
        page, is_loaded = browser.take_page(server, address or server.address)
        notebook = cls(browser, page, server, server.notebooks / name)
        notebook._address = address or server.address
        nbformat.write(content, notebook._file)
        if is_loaded:
            notebook._open_in_page()
        else:
            notebook.load()
        return notebook

    def load(self) -> None:
        """Load the page, or reload it."""
        self._settings_versions = self._server.settings_versions.copy()
        place, token = self._address.split("?")
        self.page.goto(f"{place}/tree/{self.directory.name}/notebook.ipynb?reset&{token}")
        self._wait_for_notebook()
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")
        self.page.evaluate("probe.waitForKeys()")

    def _open_in_page(self) -> None:
        """Open the notebook in a page that has loaded Lab."""
        path = f"{self.directory.name}/notebook.ipynb"
        script = "path => void jupyterapp.commands.execute('docmanager:open', { path })"
        self.page.evaluate(script, path)
        self._wait_for_notebook()

    def _wait_for_notebook(self) -> None:
        """Wait until the notebook is shown, with the cells that are in its file."""
        count = len(nbformat.read(self._file, as_version=4).cells)
        self.wait("count => probe.isLoaded(count)", count)

    def close(self) -> None:
        """End the kernel, and the page unless another notebook can use it."""
        self._browser.return_page(self.page, self._address, self._settings_versions)

    def set(self, plugin: str, settings: Mapping[str, object]) -> None:
        """Change the settings of a plugin while the notebook is open."""
        self._server.set(plugin, settings)
        read_settings(self.page, self._server, self._settings_versions)
        self._settings_versions = self._server.settings_versions.copy()

    def use_up_page(self) -> None:
        """Do not open another notebook in this page: it will keep what the test does in it."""
        self.page.evaluate("probe.isSpent = true")

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
        """Type *text* at the end of a cell and wait until it is there."""
        editor = self._editor(number)
        editor.click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)
        arguments = [number, text]
        self.wait("([n, text]) => probe.cells[n].editor.host.innerText.includes(text)", arguments)

    def save(self) -> NotebookNode:
        """Save with the keyboard and return what is in the file."""
        self._editor(0).click()  # the focus may have been in an input box that is gone
        self.page.keyboard.press("Control+s")
        self.wait("() => !probe.panel.context.model.dirty")
        return nbformat.read(self._file, as_version=4)

    def scroll_to(self, number: int, align: str = "center") -> None:
        """Scroll to a cell; JupyterLab gives up when a cell takes long to be rendered."""
        scroll = "probe.panel.content.scrollToItem(n, align)"
        self.wait(f"([n, align]) => {scroll}.then(() => true)", [number, align])

    def touch(self, name: str) -> None:
        """Create an empty file, for which a cell waits."""
        (self.directory / name).touch()

    # What a person sees.

    def text(self, number: int) -> str:
        """The text under a cell."""
        return str(self.page.evaluate("n => probe.text(n)", number))

    def output(self, number: int) -> Locator:
        """The output area of a cell."""
        return self._cell(number).locator(".jp-Cell-outputArea")

    def is_running(self, number: int) -> bool:
        """Whether the cell is marked as running."""
        return bool(self.page.evaluate("n => probe.cells[n].prompt === '*'", number))

    def watch(self, number: int) -> None:
        """Record every text that a cell shows from now on."""
        self.page.evaluate("n => probe.watch(n)", number)

    @property
    def shown(self) -> list[str]:
        """The texts that the watched cell has shown, in order."""
        return list(self.page.evaluate("probe.shown"))

    @contextmanager
    def bound_work(self, seconds: float) -> Iterator[None]:
        """Check that the page meanwhile computes for less than this, whatever else runs here.

        It is the processor time of the page's main thread: while that computes, the page
        reacts to nothing.
        """
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})

        def spent() -> float:
            metrics = session.send("Performance.getMetrics")["metrics"]
            return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))

        before = spent()
        yield
        work = spent() - before
        session.detach()
        assert work < seconds * SLOWDOWN, f"the page computed for {work:.2f} s"

    def screenshot(self, file: Path) -> None:
        # Stopping animations changes the page's style, and a flood takes seconds to lay out again.
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
    def block_requests(self) -> list[str]:
        """The requests that the page has sent for stored output."""
        script = "performance.getEntriesByType('resource').map(one => one.name)"
        names = self.page.evaluate(script)
        return [name for name in names if "/effecttalk/api/blocks/" in name]

    @property
    def server_log(self) -> str:
        """What the server has logged since the notebook was opened."""
        return self._server.log[self._log_start :]

    # Waiting.

    def wait(self, function: str, argument: object = None) -> None:
        """Wait until a function in the page, which may be asynchronous, returns a true value."""
        condition = f"probe.condition({function})"
        try:
            # By default it is called in every frame, for which the page is drawn again.
            self.page.wait_for_function(condition, arg=argument, polling=POLL_MILLISECONDS)
        except PageTimeoutError as error:
            shown = self.page.evaluate("probe.describe()")
            raise AssertionError(f"never true of {argument!r}: {function}\n{shown}") from error

    def wait_until_idle(self) -> None:
        """Wait until no cell runs or waits to be run."""
        self.wait("() => probe.isIdle")

    def wait_for_text(self, number: int, text: str) -> None:
        self.wait("([n, text]) => probe.text(n).includes(text)", [number, text])

    def wait_for_whole_text(self, number: int, text: str) -> None:
        """Wait until this is all text under a cell: the page draws it after it got the output."""
        self.wait("([n, text]) => probe.text(n) === text", [number, text])

    def wait_for_stream(self, number: int, text: str, name: str = "stdout") -> None:
        """Wait until this is all text of one stream of a cell."""
        stream = "probe.outputs(n).filter(o => o.name === name).map(o => o.text).join('')"
        self.wait(f"([n, text, name]) => {stream} === text", [number, text, name])

    def wait_for_status(self, number: int, status: str) -> None:
        self.wait("([n, status]) => probe.status(n) === status", [number, status])

    def _execution_count(self, number: int) -> int | None:
        count: int | None = self.page.evaluate("n => probe.cells[n].model.executionCount", number)
        return count

    def _wait_for_start(self, number: int, before: int | None) -> None:
        """Wait until the cell is running, or has finished already."""
        begun = "probe.cells[n].prompt === '*' || probe.cells[n].model.executionCount !== before"
        self.wait(f"([n, before]) => {begun}", [number, before])

    def _cell(self, number: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def _editor(self, number: int) -> Locator:
        return self._cell(number).locator(".cm-content")
