/** Plugin: running blocks in JupyterLab's panel of running terminals and kernels. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { DisposableDelegate } from '@lumino/disposable';

import { goToCell } from '../core/notebook/cells';
import { PanelExtensions } from '../core/notebook/extensions';
import { IBlockTracker } from '../core/tokens';
import { TRANSLATION_DOMAIN } from '../core/translation';
import { RunningBlocks } from './runningblocks';

export const running: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:running',
  description: 'Lists running blocks in the panel of running terminals and kernels.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    app,
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    managers: IRunningSessionManagers | null,
    translator: ITranslator | null
  ) => {
    if (managers === null) {
      return;
    }
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    let runningBlocks: RunningBlocks | null = null;
    new PanelExtensions(tracker, blockTracker, (panel, blocks) => {
      if (runningBlocks === null) {
        // Without an EffectTalk notebook there is no section for them.
        runningBlocks = new RunningBlocks(trans, (shown, cell) => {
          app.shell.activateById(shown.id);
          void goToCell(shown, cell);
        });
        managers.add(runningBlocks);
      }
      runningBlocks.follow(panel, blocks);
      return new DisposableDelegate(() => runningBlocks?.follow(panel, null));
    });
  }
};
