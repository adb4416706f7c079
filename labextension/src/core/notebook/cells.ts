/** Cell parts: where our plain elements stand in a cell; badges say why they are no widgets. */
import type { Cell } from '@jupyterlab/cells';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { PanelLayout } from '@lumino/widgets';

/** Return the element of a cell's header or footer, or its own; a cell has them when it is ready. */
export function cellElement(cell: Cell, part: 'Header' | 'Footer'): HTMLElement {
  const { widgets } = cell.layout as PanelLayout;
  return (widgets.find(widget => widget.hasClass(`jp-Cell${part}`)) ?? cell).node;
}

/** Give the keyboard to the active cell of a notebook, wherever one has scrolled. */
export function focusActiveCell(panel: NotebookPanel | null): void {
  panel?.content.activeCell?.node.focus({ preventScroll: true });
}

const ATTEMPTS = 6;

/** Scroll to a cell of a notebook, and give it the focus. */
export async function goToCell(panel: NotebookPanel, identity: string): Promise<void> {
  const notebook = panel.content;
  const place = notebook.widgets.findIndex(cell => cell.model.id === identity);
  const cell = notebook.widgets[place];
  if (cell === undefined) {
    return;
  }
  notebook.deselectAll();
  notebook.mode = 'command';
  notebook.activeCellIndex = place;
  // JupyterLab puts the cells of a long notebook into the page little by little, and
  // gives up to wait for one of them.
  for (let attempt = 0; attempt < ATTEMPTS && notebook.activeCell === cell; attempt += 1) {
    // Not `scrollToCell`, which gives the focus to the cell's editor.
    await notebook.scrollToItem(place, 'center').catch(() => undefined);
    if (cell.isAttached && notebook.activeCell === cell) {
      await NotebookActions.focusActiveCell(notebook);
      return;
    }
  }
}
