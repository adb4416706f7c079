/** Running: actions that run cells again, stop what runs, and bring the session back. */
import { CodeCell, type Cell } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';

import { failedPlaces, isRunning } from './model';
import { isActive } from '../core/cellstate';
import { control, type Command } from './control';
import { restoreState } from '../core/kernel/restorestate';
import {
  kernelOf,
  statesIn,
  type IAction,
  type IActive,
  type ITools
} from '../core/notebook/activecell';

/** Return these actions. */
export function running(tools: ITools): IAction[] {
  const { trans } = tools;
  return [
    {
      name: 'rerun',
      label: trans.__('Run Block Again'),
      isEnabled: ({ cell, view }) => cell !== null && !isActive(view.state),
      run: async active => {
        await run(active, active.cell === null ? [] : [active.cell], tools);
      }
    },
    {
      name: 'rerun-failed',
      label: trans.__('Run All Failed Blocks Again'),
      isEnabled: active => failedPlaces(statesIn(active)).length > 0,
      run: active => rerunFailed(active, tools)
    },
    {
      name: 'run-from-here',
      label: trans.__('Run from Here to the End'),
      isEnabled: ({ cell }) => cell !== null,
      run: async active => {
        const { notebook } = active;
        await run(active, notebook.widgets.slice(notebook.activeCellIndex), tools);
      }
    },
    stopping('interrupt', trans.__('Interrupt Block'), { command: 'interrupt' }),
    stopping('terminate', trans.__('Terminate Block'), { command: 'signal', signal: 'SIGTERM' }),
    stopping('kill', trans.__('Kill Block'), { command: 'signal', signal: 'SIGKILL' }),
    stopping('end-of-file', trans.__('Send End of File'), { command: 'end_of_file' }),
    {
      name: 'restore-state',
      label: trans.__('Restore Session to after This Block…'),
      isEnabled: active =>
        active.view.record !== null && !isActive(active.view.state) && kernelOf(active) !== null,
      run: active => restore(active, tools)
    }
  ];
}

function stopping(name: string, label: string, command: Command): IAction {
  return {
    name,
    label,
    isEnabled: active => isRunning(active.view.state) && kernelOf(active) !== null,
    run: async active => {
      const kernel = kernelOf(active);
      if (kernel !== null) {
        await control(kernel, command);
      }
    }
  };
}

function run({ notebook, panel }: IActive, cells: Cell[], tools: ITools): Promise<boolean> {
  return NotebookActions.runCells(notebook, cells, panel.sessionContext, tools.dialogs);
}

/** Run them one after the other: the kernel would give up all behind the first that fails. */
async function rerunFailed(active: IActive, tools: ITools): Promise<void> {
  const cells = failedPlaces(statesIn(active)).map(place => active.notebook.widgets[place]);
  const kernel = kernelOf(active);
  for (const cell of cells) {
    if (!(cell instanceof CodeCell) || cell.isDisposed) {
      continue;
    }
    await run(active, [cell], tools);
    const { state } = active.blocks.view(cell.model.id);
    if (state === 'interrupted' || kernelOf(active) !== kernel) {
      return;
    }
  }
}

/** Bring the session back to what it was after the block. */
async function restore(active: IActive, { trans }: ITools): Promise<void> {
  const kernel = kernelOf(active);
  const { record } = active.view;
  if (kernel === null || record === null) {
    return;
  }
  const { number, session } = record;
  const isOther = session !== null && session !== active.blocks.kernel.session;
  const wanted = {
    title: trans.__('Restore the session to after block %1?', number),
    body: trans.__(
      'Directory, variables, functions, aliases and options become what they were when the block had ended.'
    ),
    command: isOther ? `effecttalk sessions load ${session}-${number}` : `effecttalk goto ${number}`
  };
  await restoreState(kernel, wanted, trans);
}
