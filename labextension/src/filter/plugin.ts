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
    blockTracker: IBlockTracker,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const { serverSettings: server } = app.serviceManager;
    const shared: ISharedFilter = { server, trans, settings: null };
    const extensions = new PanelExtensions(
      tracker,
      blockTracker,
      (panel, blocks) => new NotebookFilters(panel, blocks, shared)
    );
    const active = (): IActiveCell | null => {
      const panel = currentPanel(app, tracker);
      const blocks = panel && blockTracker.get(panel);
      return panel === null || blocks === null ? null : activeCellOf(panel, blocks);
    };
    const add = (command: string, label: string, isOnlyMatching: boolean): void => {
      app.commands.addCommand(command, {
        label,
        isVisible: () => active() !== null,
        isEnabled: () => {
          const cell = active();
          return cell !== null && cell.cell !== null && hasOutput(cell.status);
        },
        execute: () => {
          const cell = active();
          if (cell !== null && cell.cell !== null) {
            extensions.get(cell.panel)?.open(cell.cell, isOnlyMatching);
          }
        }
      });
      palette?.addItem({ command, category: trans.__('Blocks') });
    };
    add('effecttalk:filter-output', trans.__('Filter Output…'), true);
    add('effecttalk:find-in-output', trans.__('Find in Output…'), false);
  }
};
