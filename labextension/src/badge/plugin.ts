/** Plugin: badges that show the states of cells. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { PanelExtensions } from '../core/notebook/extensions';
import { IBlockTracker } from '../core/tokens';
import { TRANSLATION_DOMAIN } from '../core/translation';
import { Badges } from './badges';

export const badges: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:badges',
  description: 'Shows the state of its block beside every cell.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker],
  optional: [ITranslator],
  activate: (
    _,
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    new PanelExtensions(tracker, blockTracker, (panel, blocks) => new Badges(panel, blocks, trans));
  }
};
