/** Plugin: badges on the cells of notebooks that are ours. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Badges } from '../notebook/badges';
import type { NotebookBlocks } from '../notebook/blocks';
import { DOMAIN } from '../notebook/renderer';
import { IBlocks } from '../tokens';

export const badges: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:badges',
  description: 'Shows the state of its block beside every cell.',
  autoStart: true,
  requires: [INotebookTracker, IBlocks],
  optional: [ITranslator],
  activate: (_, tracker: INotebookTracker, known: IBlocks, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const shown = new Map<NotebookPanel, { badges: Badges; of: NotebookBlocks }>();
    const show = (panel: NotebookPanel): void => {
      const of = known.of(panel);
      const before = shown.get(panel);
      if (before?.of === of || (before === undefined && of === null)) {
        return;
      }
      before?.badges.dispose();
      shown.delete(panel);
      if (of !== null) {
        shown.set(panel, { badges: new Badges(panel, of, trans), of });
      }
    };
    known.changed.connect((_, panel) => {
      show(panel);
    });
    // A further view of a notebook that is known already.
    tracker.widgetAdded.connect((_, panel) => {
      void panel.context.ready.then(() => {
        show(panel);
      });
    });
    tracker.forEach(show);
  }
};
