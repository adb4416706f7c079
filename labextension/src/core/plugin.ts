/** Plugin: knows the blocks of all open notebooks that are ours. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';

import { liveSessions } from './livesessions';
import { BlockTracker } from './notebook/blocktracker';
import { IBlockTracker } from './tokens';

export const blocks: JupyterFrontEndPlugin<IBlockTracker> = {
  id: 'effecttalk:blocks',
  description: 'Knows the state of every block in open notebooks of EffectTalk.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: IBlockTracker,
  activate: (_, tracker: INotebookTracker) => {
    const registry = new BlockTracker(tracker, liveSessions);
    const note =
      (isScheduled: boolean) =>
      (_: unknown, { notebook, cell }: IScheduled) => {
        const panel = tracker.find(one => one.content === notebook);
        if (panel !== undefined) {
          registry.get(panel)?.schedule(cell.model.id, isScheduled);
        }
      };
    NotebookActions.executionScheduled.connect(note(true));
    NotebookActions.executed.connect(note(false));
    return registry;
  }
};

type IScheduled = Parameters<Parameters<typeof NotebookActions.executionScheduled.connect>[0]>[1];
