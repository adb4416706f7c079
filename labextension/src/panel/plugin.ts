/** Plugin: a panel on the left with blocks, the environment and sessions. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';

import { PANEL_ICON } from '../core/components/panelicon';
import { CurrentNotebook } from '../core/notebook/currentnotebook';
import { IBlockTracker, SHOW_PANEL } from '../core/tokens';
import { TRANSLATION_DOMAIN } from '../core/translation';
import type { ISessionTools } from '../sessions/actions';
import { SessionsApi } from '../sessions/api';
import { BlocksPanel, PANEL_ID } from './sidepanel';

const RANK = 350;

export const panel: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:panel',
  description: 'Lists the blocks of a notebook, its environment and recorded sessions.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app,
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const languages = translator ?? nullTranslator;
    const trans = languages.load(TRANSLATION_DOMAIN);
    const currentNotebook = new CurrentNotebook(tracker, blockTracker);
    let panel: BlocksPanel | null = null;
    const show = (): void => {
      if (currentNotebook.blockList !== null && panel?.isAttached !== true) {
        panel ??= createPanel(
          currentNotebook,
          {
            api: new SessionsApi(),
            commands: app.commands,
            contents: app.serviceManager.contents
          },
          languages
        );
        app.shell.add(panel, 'left', { rank: RANK, type: 'EffectTalk' });
      } else if (
        currentNotebook.blockList === null &&
        panel?.isAttached === true &&
        !panel.isVisible
      ) {
        // Hidden panels are removed; a visible one stays when the user turns to another notebook.
        panel.parent = null;
      }
    };
    currentNotebook.changed.connect(show);
    show();
    app.commands.addCommand(SHOW_PANEL, {
      label: trans.__('Show Blocks Panel'),
      caption: trans.__('Show the list of blocks, the environment and recorded sessions'),
      isVisible: () => panel?.isAttached === true,
      isEnabled: () => panel?.isAttached === true,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        app.shell.activateById(PANEL_ID);
        // The command palette focuses the notebook after a command has run.
        window.setTimeout(() => panel?.activate());
      }
    });
    palette?.addItem({ command: SHOW_PANEL, category: trans.__('EffectTalk') });
  }
};

function createPanel(
  currentNotebook: CurrentNotebook,
  tools: ISessionTools,
  languages: ITranslator
): BlocksPanel {
  const panel = new BlocksPanel(currentNotebook, tools, languages);
  panel.title.icon = new LabIcon({ name: 'effecttalk:panel', svgstr: PANEL_ICON });
  return panel;
}
