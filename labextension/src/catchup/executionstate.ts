/** Star: whether a cell has the `*` of one that runs. */
import type { ICodeCellModel } from '@jupyterlab/cells';

import type { NotebookBlocks } from '../core/notebook/notebookblocks';

/** Whether this page runs *cell*, and its messages come to it. */
export function isOwn(cell: ICodeCellModel, blocks: NotebookBlocks): boolean {
  return knows(cell) ? cell.executionState === 'running' : blocks.isScheduled(cell.id);
}

/** Give *cell* a star, or take it away. */
export function setStar(cell: ICodeCellModel, isRunning: boolean): void {
  if (knows(cell)) {
    cell.executionState = isRunning ? 'running' : 'idle';
  }
}

/** In JupyterLab 4.2 a star is of a view, and the model does not know of it. */
function knows(cell: object): boolean {
  return 'executionState' in cell;
}
