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
    known: IBlockTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const languages = translator ?? nullTranslator;
    const trans = languages.load(TRANSLATION_DOMAIN);
    const front = new CurrentNotebook(tracker, known);
    let made: BlocksPanel | null = null;
    const show = (): void => {
      if (front.blockList !== null && made?.isAttached !== true) {
        made ??= createPanel(
          front,
          {
            api: new SessionsApi(),
            commands: app.commands,
            contents: app.serviceManager.contents
          },
          languages
        );
        app.shell.add(made, 'left', { rank: RANK, type: 'EffectTalk' });
      } else if (front.blockList === null && made?.isAttached === true && !made.isVisible) {
        // Hidden panels are removed; a visible one stays when the user turns to another notebook.
        made.parent = null;
      }
    };
    front.changed.connect(show);
    show();
    app.commands.addCommand(SHOW_PANEL, {
      label: trans.__('Show Blocks Panel'),
      caption: trans.__('Show the list of blocks, the environment and recorded sessions'),
      isVisible: () => made?.isAttached === true,
      isEnabled: () => made?.isAttached === true,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        app.shell.activateById(PANEL_ID);
        // The command palette focuses the notebook after a command has run.
        window.setTimeout(() => made?.activate());
      }
    });
    palette?.addItem({ command: SHOW_PANEL, category: trans.__('EffectTalk') });
  }
};

function createPanel(
  front: CurrentNotebook,
  tools: ISessionTools,
  languages: ITranslator
): BlocksPanel {
  const made = new BlocksPanel(front, tools, languages);
  made.title.icon = new LabIcon({ name: 'effecttalk:panel', svgstr: PANEL_ICON });
  return made;
}
