/** Actions that rerun cells, stop the running block and restore the session's state. */
import { CodeCell, type Cell } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';

import { isActive, isRunning } from '../core/cellstate';
import { restoreState } from '../core/kernel/restorestate';
import { cellStates, kernelOf, type IActiveCell } from '../core/notebook/activecell';
import { type IAction, type IActionTools } from './action';
import { sendControl, type ControlCommand } from './control';
import { failedIndexes } from './model';

/** Return the run actions. */
export function runActions(tools: IActionTools): IAction[] {
  const { trans } = tools;
  return [
    {
      name: 'rerun',
      label: trans.__('Run Block Again'),
      isEnabled: ({ cell, status }) => cell !== null && !isActive(status.state),
      run: async active => {
        await runCells(active, active.cell === null ? [] : [active.cell], tools);
      }
    },
    {
      name: 'rerun-failed',
      label: trans.__('Run All Failed Blocks Again'),
      isEnabled: active => failedIndexes(cellStates(active)).length > 0,
      run: active => rerunFailed(active, tools)
    },
    {
      name: 'run-from-here',
      label: trans.__('Run from Here to the End'),
      isEnabled: ({ cell }) => cell !== null,
      run: async active => {
        const { notebook } = active;
        await runCells(active, notebook.widgets.slice(notebook.activeCellIndex), tools);
      }
    },
    stopAction('interrupt', trans.__('Interrupt Block'), { command: 'interrupt' }),
    stopAction('terminate', trans.__('Terminate Block'), { command: 'signal', signal: 'SIGTERM' }),
    stopAction('kill', trans.__('Kill Block'), { command: 'signal', signal: 'SIGKILL' }),
    stopAction('end-of-file', trans.__('Send End of File'), { command: 'end_of_file' }),
    {
      name: 'restore-state',
      label: trans.__('Restore Session to after This Block…'),
      isEnabled: active =>
        active.status.record !== null &&
        !isActive(active.status.state) &&
        kernelOf(active) !== null,
      run: active => restoreSession(active, tools)
    }
  ];
}

function stopAction(name: string, label: string, command: ControlCommand): IAction {
  return {
    name,
    label,
    isEnabled: active => isRunning(active.status.state) && kernelOf(active) !== null,
    run: async active => {
      const kernel = kernelOf(active);
      if (kernel !== null) {
        await sendControl(kernel, command);
      }
    }
  };
}

function runCells(
  { notebook, panel }: IActiveCell,
  cells: Cell[],
  tools: IActionTools
): Promise<boolean> {
  return NotebookActions.runCells(notebook, cells, panel.sessionContext, tools.dialogs);
}

/** Rerun failed cells one by one: the kernel would drop all cells queued after one that fails. */
async function rerunFailed(active: IActiveCell, tools: IActionTools): Promise<void> {
  const cells = failedIndexes(cellStates(active)).map(index => active.notebook.widgets[index]);
  const kernel = kernelOf(active);
  for (const cell of cells) {
    if (!(cell instanceof CodeCell) || cell.isDisposed) {
      continue;
    }
    await runCells(active, [cell], tools);
    const { state } = active.blocks.status(cell.model.id);
    if (state === 'interrupted' || kernelOf(active) !== kernel) {
      return;
    }
  }
}

/** Restore the shell's state after the block. */
async function restoreSession(active: IActiveCell, { trans }: IActionTools): Promise<void> {
  const kernel = kernelOf(active);
  const { record } = active.status;
  if (kernel === null || record === null) {
    return;
  }
  const { number, session } = record;
  const isOther = session !== null && session !== active.blocks.kernel.session;
  const request = {
    title: trans.__('Restore the session to its state after block %1?', number),
    body: trans.__(
      'The working directory, variables, functions, aliases and options will be as they were when the block finished.'
    ),
    target: isOther ? { session, number } : { number }
  };
  await restoreState(kernel, request, trans);
}
