/** Attention: whether the user waits for what a cell does, or is busy elsewhere. */
import type { Cell } from '@jupyterlab/cells';
import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';

/** Follows what the user does in the page. */
export class UserActivity {
  constructor() {
    // Keys that go down, not up: the one that runs a cell comes before the cell is run.
    for (const kind of ['keydown', 'pointerdown']) {
      document.addEventListener(kind, this._onInput.bind(this), true);
    }
  }

  /** Note that the user has asked for *cell* to be run. */
  markRun(cell: string): void {
    this._runCells.add(cell);
    this._awaitedCells.add(cell);
  }

  /** Whether a cell was run from this page. */
  hasRun(cell: string): boolean {
    return this._runCells.has(cell);
  }

  /** Whether the keyboard should go to *cell*: it is the active one, or was run and nothing done since. */
  isWaitingFor(panel: NotebookPanel, cell: Cell): boolean {
    const notebook: Notebook = panel.content;
    if (!panel.node.contains(document.activeElement) || isTyping(notebook)) {
      return false;
    }
    return notebook.activeCell === cell || this._awaitedCells.has(cell.model.id);
  }

  private _onInput(event: Event): void {
    // A shift key is pressed on the way to another one.
    if (!(event instanceof KeyboardEvent && MODIFIERS.has(event.key))) {
      this._awaitedCells.clear();
    }
  }

  private readonly _runCells = new Set<string>();
  private readonly _awaitedCells = new Set<string>();
}

const MODIFIERS: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'Meta']);

/** Whether the keyboard is in another field, as that of a question. */
function isTyping(notebook: Notebook): boolean {
  const element = document.activeElement;
  const isField = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
  return isField && notebook.node.contains(element);
}
