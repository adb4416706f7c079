/** Plugin: knows the blocks of all open notebooks that are ours. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';

import { liveSessions } from './livesessions';
import { Registry } from './notebook/blocktracker';
import { IBlocks } from './tokens';

export const blocks: JupyterFrontEndPlugin<IBlocks> = {
  id: 'effecttalk:blocks',
  description: 'Knows the state of every block in open notebooks of EffectTalk.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: IBlocks,
  activate: (_, tracker: INotebookTracker) => {
    const registry = new Registry(tracker, liveSessions);
    const note =
      (isScheduled: boolean) =>
      (_: unknown, { notebook, cell }: IScheduled) => {
        const panel = tracker.find(one => one.content === notebook);
        if (panel !== undefined) {
          registry.of(panel)?.schedule(cell.model.id, isScheduled);
        }
      };
    NotebookActions.executionScheduled.connect(note(true));
    NotebookActions.executed.connect(note(false));
    return registry;
  }
};

type IScheduled = Parameters<Parameters<typeof NotebookActions.executionScheduled.connect>[0]>[1];
