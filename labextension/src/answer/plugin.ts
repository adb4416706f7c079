/** Plugin: an answer field behind the prompt of a program that waits for input. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { currentPanel } from '../core/notebook/activecell';
import { PanelExtensions } from '../core/notebook/extensions';
import { IBlockTracker } from '../core/tokens';
import { TRANSLATION_DOMAIN } from '../core/translation';
import { NotebookAnswer } from './notebookanswer';

const COMMAND = 'effecttalk:answer-question';

export const answer: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:answer',
  description: 'Replaces input boxes by a field behind the prompt of a program.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const extensions = new PanelExtensions(
      tracker,
      blockTracker,
      (panel, { kernel }) =>
        new NotebookAnswer(panel, kernel, trans, () => currentPanel(app, tracker) === panel)
    );
    const shown = (): NotebookAnswer | undefined => {
      const panel = currentPanel(app, tracker);
      return panel === null ? undefined : extensions.get(panel);
    };
    app.commands.addCommand(COMMAND, {
      label: trans.__('Answer the Question of a Block'),
      isEnabled: () => shown()?.hasQuestion === true,
      execute: () => shown()?.activate()
    });
    palette?.addItem({ command: COMMAND, category: trans.__('Blocks') });
  }
};
