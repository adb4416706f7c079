/** Plugin: brings what blocks printed while the page was away. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';

import type { NotebookBlocks } from '../core/notebook/notebookblocks';
import { CatchUp } from './catchup';
import { IBlockTracker } from '../core/tokens';

export const catchup: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:catchup',
  description: 'Brings what blocks printed while the page was closed, loading or cut off.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker],
  activate: (_, tracker: INotebookTracker, known: IBlockTracker) => {
    // One for a notebook, however many views it has.
    const active = new Map<NotebookBlocks, CatchUp>();
    const follow = (panel: NotebookPanel): void => {
      active.forEach((catchUp, of) => {
        if (of.isDisposed) {
          catchUp.dispose();
          active.delete(of);
        }
      });
      const of = known.get(panel);
      if (of !== null && !active.has(of) && panel.model !== null) {
        active.set(of, new CatchUp(panel.model, panel.sessionContext, of));
      }
    };
    known.changed.connect((_, panel) => {
      follow(panel);
    });
    tracker.forEach(follow);
  }
};
