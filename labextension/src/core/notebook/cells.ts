/** Elements and focus of cells. */
import type { Cell } from '@jupyterlab/cells';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { PanelLayout } from '@lumino/widgets';

/**
 * Return the element of a cell's header or footer, otherwise of the cell; the cell has to be ready.
 */
export function cellElement(cell: Cell, part: 'Header' | 'Footer'): HTMLElement {
  const { widgets } = cell.layout as PanelLayout;
  return (widgets.find(widget => widget.hasClass(`jp-Cell${part}`)) ?? cell).node;
}

/** Focus the active cell of a notebook without scrolling to it. */
export function focusActiveCell(panel: NotebookPanel | null): void {
  panel?.content.activeCell?.node.focus({ preventScroll: true });
}

const ATTEMPTS = 6;

/** Scroll to a cell of a notebook and focus it. */
export async function goToCell(panel: NotebookPanel, identity: string): Promise<void> {
  const notebook = panel.content;
  const index = notebook.widgets.findIndex(cell => cell.model.id === identity);
  const cell = notebook.widgets[index];
  if (cell === undefined) {
    return;
  }
  notebook.deselectAll();
  notebook.mode = 'command';
  notebook.activeCellIndex = index;
  // JupyterLab adds the cells of a long notebook to the page little by little, and stops waiting
  // for one of them at some time.
  for (let attempt = 0; attempt < ATTEMPTS && notebook.activeCell === cell; attempt += 1) {
    // Not `scrollToCell`, which focuses the cell's editor.
    await notebook.scrollToItem(index, 'center').catch(() => undefined);
    if (cell.isAttached && notebook.activeCell === cell) {
      await NotebookActions.focusActiveCell(notebook);
      return;
    }
  }
}
