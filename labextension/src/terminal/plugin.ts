/** Plugin: the terminal of a block in its cell. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IThemeManager } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IBlockTracker } from '../core/tokens';
import { TRANSLATION_DOMAIN } from '../core/translation';
import { Terminals } from './terminals';
import { UserActivity } from './useractivity';
import type { ITerminalSettings } from './view';

const ENTER = 'effecttalk:enter-terminal';

export const terminal: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:terminal',
  description: 'Shows the terminal of a block that uses one, and sends keys to it.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker],
  optional: [ITranslator, ISettingRegistry, IThemeManager, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    themes: IThemeManager | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const userActivity = new UserActivity();
    const settings = followSettings(registry);
    const load = (): Promise<typeof import('./xterm')> => import('./xterm');
    const terminals = new Terminals(tracker, blockTracker, { load, settings, userActivity, trans });
    NotebookActions.executionScheduled.connect((_, { notebook, cell }) => {
      const panel = tracker.find(one => one.content === notebook);
      if (panel !== undefined && blockTracker.get(panel) !== null) {
        userActivity.markRun(cell.model.id);
      }
    });
    themes?.themeChanged.connect(() => {
      terminals.updateTheme();
    });
    app.commands.addCommand(ENTER, {
      label: trans.__('Enter the Terminal of the Block'),
      isEnabled: () =>
        tracker.currentWidget !== null && terminals.get(tracker.currentWidget) !== undefined,
      execute: () => tracker.currentWidget && terminals.get(tracker.currentWidget)?.focus()
    });
    palette?.addItem({ command: ENTER, category: trans.__('Notebook Operations') });
  }
};

/** Return a function that returns the current settings. */
function followSettings(registry: ISettingRegistry | null): () => ITerminalSettings {
  let settings: ITerminalSettings = { rows: 24, screenReader: false };
  const read = ({ composite }: ISettingRegistry.ISettings): void => {
    const { rows, screenReader } = composite;
    settings = {
      rows: typeof rows === 'number' ? rows : settings.rows,
      screenReader: screenReader === true
    };
  };
  registry?.load(terminal.id).then(
    loaded => {
      read(loaded);
      loaded.changed.connect(read);
    },
    (error: unknown) => {
      console.warn('EffectTalk: the settings of the terminal cannot be read', error);
    }
  );
  return () => settings;
}
