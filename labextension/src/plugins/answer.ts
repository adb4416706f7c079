/** Plugin: a field below the header of a block that waits for input. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { NotebookAnswer } from '../notebook/answer/answer';
import type { NotebookBlocks } from '../notebook/blocks';
import { DOMAIN } from '../notebook/renderer';
import { IBlocks } from '../tokens';

export const answer: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:answer',
  description: 'Takes answers to what blocks ask, below their headers.',
  autoStart: true,
  requires: [INotebookTracker, IBlocks],
  optional: [ITranslator],
  activate: (_, tracker: INotebookTracker, known: IBlocks, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const shown = new Map<NotebookPanel, { answer: NotebookAnswer; of: NotebookBlocks }>();
    const show = (panel: NotebookPanel): void => {
      const of = known.of(panel);
      const before = shown.get(panel);
      if (before?.of === of || (before === undefined && of === null)) {
        return;
      }
      before?.answer.dispose();
      shown.delete(panel);
      if (of !== null) {
        shown.set(panel, { answer: new NotebookAnswer(panel, of.kernel, trans), of });
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
