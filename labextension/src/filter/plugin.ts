/** Plugin: filters the output of the active cell, and finds text in it. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { activeCellOf, currentPanel, type IActiveCell } from '../core/notebook/activecell';
import { PanelExtensions } from '../core/notebook/extensions';
import { hasOutput } from '../core/notebook/fulloutput';
import { IBlockTracker } from '../core/tokens';
import { TRANSLATION_DOMAIN } from '../core/translation';
import { NotebookFilters, type ISharedFilter } from './notebookfilters';

export const filter: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:filter',
  description: 'Adds commands that filter the output of a block and find text in it.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    known: IBlockTracker,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const { serverSettings: server } = app.serviceManager;
    const shared: ISharedFilter = { server, trans, settings: null };
    const views = new PanelExtensions(
      tracker,
      known,
      (panel, blocks) => new NotebookFilters(panel, blocks, shared)
    );
    const active = (): IActiveCell | null => {
      const panel = currentPanel(app, tracker);
      const blocks = panel && known.get(panel);
      return panel === null || blocks === null ? null : activeCellOf(panel, blocks);
    };
    const add = (command: string, label: string, isOnlyMatching: boolean): void => {
      app.commands.addCommand(command, {
        label,
        isVisible: () => active() !== null,
        isEnabled: () => {
          const found = active();
          return found !== null && found.cell !== null && hasOutput(found.status);
        },
        execute: () => {
          const found = active();
          if (found !== null && found.cell !== null) {
            views.get(found.panel)?.open(found.cell, isOnlyMatching);
          }
        }
      });
      palette?.addItem({ command, category: trans.__('Blocks') });
    };
    add('effecttalk:filter-output', trans.__('Filter Output…'), true);
    add('effecttalk:find-in-output', trans.__('Find in Output…'), false);
  }
};
