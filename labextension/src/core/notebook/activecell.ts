/** Active: the cell that an action is for, and its block; and what an action is. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISessionContextDialogs } from '@jupyterlab/apputils';
import { CodeCell } from '@jupyterlab/cells';
import type { INotebookTracker, Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, ServerConnection } from '@jupyterlab/services';
import type { Widget } from '@lumino/widgets';

import type { CellState } from '../cellstate';
import type { ITranslationBundle } from '../translation';
import type { ICellStatus, NotebookBlocks } from './notebookblocks';

/** The active cell of a notebook that is ours. */
export interface IActiveCell {
  readonly panel: NotebookPanel;
  readonly notebook: Notebook;
  readonly blocks: NotebookBlocks;
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

/** What a user can do with the active cell's block. */
export interface IAction {
  /** Its command is this behind `effecttalk:`. */
  readonly name: string;
  readonly label: string | ((active: IActiveCell) => string);
  isEnabled(active: IActiveCell): boolean;
  /** Whether it is on, of one that is on or off. */
  isToggled?(active: IActiveCell): boolean;
  run(active: IActiveCell): void | Promise<void>;
}

/** What actions need of JupyterLab. */
export interface IActionTools {
  readonly trans: ITranslationBundle;
  readonly dialogs: ISessionContextDialogs | undefined;
  readonly server: ServerConnection.ISettings;
  /** Show a widget in the main area. */
  show(widget: Widget): void;
  /** A success that printed more lines is long. */
  maxLines(): number;
}

/** Return the active cell of *panel*. */
export function activeCellOf(panel: NotebookPanel, blocks: NotebookBlocks): IActiveCell {
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
