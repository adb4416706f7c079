/** Plugin: notifies about blocks while the page is hidden. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification as LabNotification } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { INotebookBlocks } from '../core/tokens';
import { IBlockTracker } from '../core/tokens';
import type { ITranslationBundle } from '../core/translation';
import { TRANSLATION_DOMAIN } from '../core/translation';
import type { INotificationSettings } from './model';
import { canNotify, Notifier } from './notifier';

const ID = 'effecttalk:notifications';
const ALLOW = 'effecttalk:allow-notifications';
const DEFAULTS: INotificationSettings = { isEnabled: true, seconds: 30 };

export const notifications: JupyterFrontEndPlugin<void> = {
  id: ID,
  description:
    'Notifies when a long block has finished or a block waits for input, while the page is hidden.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker],
  optional: [ISettingRegistry, ICommandPalette, ITranslator],
  activate: (
    app,
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    let settings = DEFAULTS;
    if (registry !== null) {
      void followSettings(registry, now => {
        settings = now;
      });
    }
    const options = {
      settings: () => settings,
      activate: (panel: NotebookPanel) => {
        app.shell.activateById(panel.id);
      },
      trans
    };
    app.commands.addCommand(ALLOW, {
      label: trans.__('Allow Notifications about Blocks'),
      caption: trans.__('Let the browser notify you about blocks while JupyterLab is hidden'),
      isEnabled: canNotify,
      execute: () => requestPermission(trans)
    });
    palette?.addItem({ command: ALLOW, category: 'EffectTalk' });
    const active = new Map<INotebookBlocks, Notifier>();
    const tell = (panel: NotebookPanel): void => {
      active.forEach((notices, blocks) => {
        if (blocks.isDisposed) {
          notices.dispose();
          active.delete(blocks);
        }
      });
      const blocks = blockTracker.get(panel);
      if (blocks !== null && !active.has(blocks)) {
        active.set(blocks, new Notifier(panel, blocks, options));
      }
    };
    blockTracker.changed.connect((_, panel) => {
      tell(panel);
    });
    tracker.forEach(tell);
  }
};

/** Call *take* with the settings now and whenever they change. */
async function followSettings(
  registry: ISettingRegistry,
  take: (settings: INotificationSettings) => void
): Promise<void> {
  const loaded = await registry.load(ID);
  const read = (): void => {
    const { enabled, seconds } = loaded.composite;
    take({
      isEnabled: enabled !== false,
      seconds: typeof seconds === 'number' ? seconds : DEFAULTS.seconds
    });
  };
  loaded.changed.connect(read);
  read();
}

/** Request permission from the browser, which allows that only after a user action. */
async function requestPermission(trans: ITranslationBundle): Promise<void> {
  const answer = await Notification.requestPermission();
  if (answer === 'granted') {
    LabNotification.success(
      trans.__('The browser will notify you about blocks while JupyterLab is hidden.')
    );
  } else {
    LabNotification.warning(
      trans.__(
        'The browser does not allow notifications from this page. You can change that in its settings.'
      )
    );
  }
}
