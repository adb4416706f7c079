/** Plugin: adds to cells what their blocks printed while the page was closed or disconnected. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { DisposableDelegate } from '@lumino/disposable';

import { extendNotebooks } from '../core/notebook/extensions';
import { IBlockTracker } from '../core/tokens';
import { CatchUp } from './catchup';

export const catchup: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:catchup',
  description: 'Adds output that blocks printed while the page was closed, loading or offline.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker],
  activate: (_, notebookTracker: INotebookTracker, blockTracker: IBlockTracker) => {
    extendNotebooks(notebookTracker, blockTracker, ({ model, sessionContext }, blocks) =>
      model === null
        ? new DisposableDelegate(() => undefined)
        : new CatchUp(model, sessionContext, blocks)
    );
  }
};
