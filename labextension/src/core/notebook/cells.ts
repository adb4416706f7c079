/** Cell parts: where our plain elements stand in a cell; badges say why they are no widgets. */
import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
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
