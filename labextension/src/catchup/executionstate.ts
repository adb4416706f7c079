/** Star: whether a cell has the `*` of one that runs. */
import type { ICodeCellModel } from '@jupyterlab/cells';

import type { INotebookBlocks } from '../core/tokens';

/** Whether this page runs *cell*, and its messages come to it. */
export function isRunByPage(cell: ICodeCellModel, blocks: INotebookBlocks): boolean {
  return hasExecutionState(cell) ? cell.executionState === 'running' : blocks.isScheduled(cell.id);
}

/** Give *cell* a star, or take it away. */
export function setRunning(cell: ICodeCellModel, isRunning: boolean): void {
  if (hasExecutionState(cell)) {
    cell.executionState = isRunning ? 'running' : 'idle';
  }
}

/** In JupyterLab 4.2 a star is of a view, and the model does not know of it. */
function hasExecutionState(cell: object): boolean {
  return 'executionState' in cell;
}
