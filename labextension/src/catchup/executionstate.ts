/** The execution state of a cell, which JupyterLab shows as `*`. */
import type { ICodeCellModel } from '@jupyterlab/cells';

import type { INotebookBlocks } from '../core/tokens';

/** Whether this page has run *cell* and receives its messages. */
export function isRunByPage(cell: ICodeCellModel, blocks: INotebookBlocks): boolean {
  return hasExecutionState(cell) ? cell.executionState === 'running' : blocks.isScheduled(cell.id);
}

/** Mark *cell* as running or not. */
export function setRunning(cell: ICodeCellModel, isRunning: boolean): void {
  if (hasExecutionState(cell)) {
    cell.executionState = isRunning ? 'running' : 'idle';
  }
}

/** Whether the model has an execution state; in JupyterLab 4.2 it belongs to the cell's widget. */
function hasExecutionState(cell: object): boolean {
  return 'executionState' in cell;
}
