/** Actions that move to another block. */
import { NotebookActions } from '@jupyterlab/notebook';

import type { CellState } from '../core/cellstate';
import { cellStates, type IActiveCell } from '../core/notebook/activecell';
import { type IAction, type IActionTools } from './action';
import { nearestBlock, nextFailed } from './model';

type Find = (states: readonly CellState[], from: number, step: 1 | -1) => number | null;

/** Return the navigation actions. */
export function navigationActions({ trans }: IActionTools): IAction[] {
  return [
    navigationAction('next-block', trans.__('Go to Next Block'), nearestBlock, 1),
    navigationAction('previous-block', trans.__('Go to Previous Block'), nearestBlock, -1),
    navigationAction('next-failed', trans.__('Go to Next Failed Block'), nextFailed, 1),
    navigationAction('previous-failed', trans.__('Go to Previous Failed Block'), nextFailed, -1)
  ];
}

function navigationAction(name: string, label: string, find: Find, step: 1 | -1): IAction {
  const target = (active: IActiveCell): number | null =>
    find(cellStates(active), active.notebook.activeCellIndex, step);
  return {
    name,
    label,
    isEnabled: active => target(active) !== null,
    run: async active => {
      const index = target(active);
      if (index !== null) {
        await go(active, index);
      }
    }
  };
}

async function go({ notebook }: IActiveCell, index: number): Promise<void> {
  notebook.mode = 'command';
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  await notebook.scrollToItem(index, 'smart');
  await NotebookActions.focusActiveCell(notebook);
}
