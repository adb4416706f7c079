/** What the user is doing, to decide whether a terminal takes the focus. */
import type { Cell } from '@jupyterlab/cells';
import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';

/** Follows keys and clicks in the page. */
export class UserActivity {
  constructor() {
    // Key presses and not releases: the key that runs a cell is pressed before the cell runs.
    for (const kind of ['keydown', 'pointerdown']) {
      document.addEventListener(kind, this._onInput.bind(this), true);
    }
  }

  /** Note that the user has run *cell*. */
  markRun(cell: string): void {
    this._runCells.add(cell);
    this._awaitedCells.add(cell);
  }

  /** Whether a cell was run in this page. */
  hasRun(cell: string): boolean {
    return this._runCells.has(cell);
  }

  /**
   * Whether *cell* may take the focus: it is active, or the user has done nothing else since
   * running it.
   */
  isWaitingFor(panel: NotebookPanel, cell: Cell): boolean {
    const notebook: Notebook = panel.content;
    if (!panel.node.contains(document.activeElement) || isTyping(notebook)) {
      return false;
    }
    return notebook.activeCell === cell || this._awaitedCells.has(cell.model.id);
  }

  private _onInput(event: Event): void {
    // A modifier key is pressed before the key that it modifies.
    if (!(event instanceof KeyboardEvent && MODIFIERS.has(event.key))) {
      this._awaitedCells.clear();
    }
  }

  private readonly _runCells = new Set<string>();
  private readonly _awaitedCells = new Set<string>();
}

const MODIFIERS: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'Meta']);

/** Whether the focus is in another field, such as an input box. */
function isTyping(notebook: Notebook): boolean {
  const element = document.activeElement;
  const isField = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
  return isField && notebook.node.contains(element);
}
