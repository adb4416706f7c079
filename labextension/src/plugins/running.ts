/** Plugin: what blocks run, in JupyterLab's list of all that runs. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { goToCell } from '../notebook/panel/outline';
import { DOMAIN } from '../notebook/renderer';
import { RunningBlocks } from '../notebook/panel/runningblocks';
import { IBlocks } from '../tokens';

export const running: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:running',
  description: 'Lists the blocks that run beside the terminals and kernels that do.',
  autoStart: true,
  requires: [INotebookTracker, IBlocks],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    app,
    tracker: INotebookTracker,
    known: IBlocks,
    managers: IRunningSessionManagers | null,
    translator: ITranslator | null
  ) => {
    if (managers === null) {
      return;
    }
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    let made: RunningBlocks | null = null;
    const follow = (panel: NotebookPanel): void => {
      const blocks = known.of(panel);
      if (made === null && blocks !== null) {
        // Who has no notebook of ours has no section about them.
        made = new RunningBlocks(trans, (shown, cell) => {
          app.shell.activateById(shown.id);
          void goToCell(shown, cell);
        });
        managers.add(made);
      }
      made?.follow(panel, blocks);
    };
    known.changed.connect((_, panel) => {
      follow(panel);
    });
    // A further view of a notebook that is known already.
    tracker.widgetAdded.connect((_, panel) => {
      void panel.context.ready.then(() => {
        follow(panel);
      });
    });
    tracker.forEach(follow);
  }
};
