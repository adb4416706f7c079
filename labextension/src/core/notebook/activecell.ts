/** Active: the cell that an action is for, and its block; and what an action is. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { CodeCell } from '@jupyterlab/cells';
import type { INotebookTracker, Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';

import type { CellState } from '../cellstate';
import type { ICellStatus } from '../tokens';
import type { INotebookBlocks } from '../tokens';

/** The active cell of a notebook that is ours. */
export interface IActiveCell {
  readonly panel: NotebookPanel;
  readonly notebook: Notebook;
  readonly blocks: INotebookBlocks;
  /** Null where it is no code cell. */
  readonly cell: CodeCell | null;
  readonly status: ICellStatus;
}

/** Return the notebook that somebody works in; null: it is something else. */
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

/** Return the states of all cells of its notebook, in their order. */
export function cellStates({ notebook, blocks }: IActiveCell): CellState[] {
  return notebook.widgets.map(cell => blocks.status(cell.model.id).state);
}

/** Return the kernel of its notebook; null: there is none. */
export function kernelOf({ panel }: IActiveCell): Kernel.IKernelConnection | null {
  return panel.sessionContext.session?.kernel ?? null;
}
