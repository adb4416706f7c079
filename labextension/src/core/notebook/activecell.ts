/** The active cell of a notebook and its block. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { CodeCell } from '@jupyterlab/cells';
import type { INotebookTracker, Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';

import type { CellState } from '../cellstate';
import type { ICellStatus } from '../tokens';
import type { INotebookBlocks } from '../tokens';

/** The active cell of an EffectTalk notebook. */
export interface IActiveCell {
  readonly panel: NotebookPanel;
  readonly notebook: Notebook;
  readonly blocks: INotebookBlocks;
  /** Null if it is not a code cell. */
  readonly cell: CodeCell | null;
  readonly status: ICellStatus;
}

/** Return the notebook in which the user is working; null if it is another widget. */
export function currentPanel(
  { shell }: JupyterFrontEnd,
  tracker: INotebookTracker
): NotebookPanel | null {
  const panel = tracker.currentWidget;
  return panel === shell.currentWidget ? panel : null;
}

/** Return the active cell of *panel*. */
export function activeCellOf(panel: NotebookPanel, blocks: INotebookBlocks): IActiveCell {
  const notebook = panel.content;
  const cell = notebook.activeCell instanceof CodeCell ? notebook.activeCell : null;
  return { panel, notebook, blocks, cell, status: blocks.status(cell?.model.id ?? '') };
}

/** Return the states of all cells of the notebook in order. */
export function cellStates({ notebook, blocks }: IActiveCell): CellState[] {
  return notebook.widgets.map(cell => blocks.status(cell.model.id).state);
}

/** Return the kernel of the notebook; null if there is none. */
export function kernelOf({ panel }: IActiveCell): Kernel.IKernelConnection | null {
  return panel.sessionContext.session?.kernel ?? null;
}
