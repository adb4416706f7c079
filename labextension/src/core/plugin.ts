/** Plugin: provides the blocks of all open EffectTalk notebooks to the other plugins. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';

import { liveSessions } from './livesessions';
import { BlockTracker } from './notebook/blocktracker';
import { IBlockTracker } from './tokens';

export const blocks: JupyterFrontEndPlugin<IBlockTracker> = {
  id: 'effecttalk:blocks',
  description: 'Tracks the state of every block in open EffectTalk notebooks.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: IBlockTracker,
  activate: (_, notebookTracker: INotebookTracker) => {
    const tracker = new BlockTracker(notebookTracker, liveSessions);
    const setScheduled =
      (isScheduled: boolean) =>
      (_: unknown, { notebook, cell }: ICellExecution) => {
        const panel = notebookTracker.find(one => one.content === notebook);
        if (panel !== undefined) {
          tracker.get(panel)?.schedule(cell.model.id, isScheduled);
        }
      };
    NotebookActions.executionScheduled.connect(setScheduled(true));
    NotebookActions.executed.connect(setScheduled(false));
    return tracker;
  }
};

type ICellExecution = Parameters<
  Parameters<typeof NotebookActions.executionScheduled.connect>[0]
>[1];
