/** Plugin: filters the output of the active cell's block, and finds in it. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { activeIn, inFront, type IActive } from '../core/notebook/activecell';
import { hasPrinted } from '../actions/copy';
import { NotebookFilters, type IShared } from './notebookfilters';
import { DOMAIN } from '../header/renderer';
import { Views } from '../core/notebook/extensions';
import { IBlocks } from '../core/tokens';

export const filter: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:filter',
  description: 'Filters the output of a block, and finds in it.',
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
    const { serverSettings: server } = app.serviceManager;
    const shared: IShared = { server, trans, wish: null };
    const views = new Views(
      tracker,
      known,
      (panel, blocks) => new NotebookFilters(panel, blocks, shared)
    );
    const active = (): IActive | null => {
      const panel = inFront(app, tracker);
      const blocks = panel && known.of(panel);
      return panel === null || blocks === null ? null : activeIn(panel, blocks);
    };
    const add = (command: string, label: string, isOnlyMatching: boolean): void => {
      app.commands.addCommand(command, {
        label,
        isVisible: () => active() !== null,
        isEnabled: () => {
          const found = active();
          return found !== null && found.cell !== null && hasPrinted(found);
        },
        execute: () => {
          const found = active();
          if (found !== null && found.cell !== null) {
            views.of(found.panel)?.open(found.cell, isOnlyMatching);
          }
        }
      });
      palette?.addItem({ command, category: trans.__('Blocks') });
    };
    add('effecttalk:filter-output', trans.__('Filter Output…'), true);
    add('effecttalk:find-in-output', trans.__('Find in Output…'), false);
  }
};
