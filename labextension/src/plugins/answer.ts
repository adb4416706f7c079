/** Plugin: a field below the header of a block that waits for input. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { NotebookAnswer } from '../notebook/answer/answer';
import type { NotebookBlocks } from '../notebook/blocks';
import { DOMAIN } from '../notebook/renderer';
import { IBlocks } from '../tokens';

const COMMAND = 'effecttalk:answer-question';

export const answer: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:answer',
  description: 'Takes answers to what blocks ask, below their headers.',
  autoStart: true,
  requires: [INotebookTracker, IBlocks],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    known: IBlocks,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
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
    const inFront = (): NotebookAnswer | undefined => {
      const panel = tracker.currentWidget;
      const isInFront = panel !== null && panel === app.shell.currentWidget;
      return isInFront ? shown.get(panel)?.answer : undefined;
    };
    app.commands.addCommand(COMMAND, {
      label: trans.__('Answer the Question of a Block'),
      isEnabled: () => inFront()?.isAsked === true,
      execute: () => inFront()?.goTo()
    });
    palette?.addItem({ command: COMMAND, category: trans.__('Blocks') });
  }
};
