/** Plugin: badges on the cells of notebooks that are ours. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Badges } from './badges';
import { DOMAIN } from '../header/renderer';
import { Views } from '../core/notebook/extensions';
import { IBlocks } from '../core/tokens';

export const badges: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:badges',
  description: 'Shows the state of its block beside every cell.',
  autoStart: true,
  requires: [INotebookTracker, IBlocks],
  optional: [ITranslator],
  activate: (_, tracker: INotebookTracker, known: IBlocks, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    new Views(tracker, known, (panel, blocks) => new Badges(panel, blocks, trans));
  }
};
