/** Plugin: a field below the header of a block that waits for input. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { inFront } from '../core/notebook/activecell';
import { NotebookAnswer } from './notebookanswer';
import { DOMAIN } from '../header/renderer';
import { Views } from '../core/notebook/extensions';
import { IBlocks } from '../core/tokens';

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
    const views = new Views(
      tracker,
      known,
      (panel, { kernel }) => new NotebookAnswer(panel, kernel, trans)
    );
    const shown = (): NotebookAnswer | undefined => {
      const panel = inFront(app, tracker);
      return panel === null ? undefined : views.of(panel);
    };
    app.commands.addCommand(COMMAND, {
      label: trans.__('Answer the Question of a Block'),
      isEnabled: () => shown()?.isAsked === true,
      execute: () => shown()?.goTo()
    });
    palette?.addItem({ command: COMMAND, category: trans.__('Blocks') });
  }
};
