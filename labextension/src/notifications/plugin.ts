/** Plugin: tells of blocks while the page is hidden. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification as LabNotification } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { IWanted } from './model';
import type { ITranslate } from '../core/translation';
import type { NotebookBlocks } from '../core/notebook/notebookblocks';
import { canNotify, Notices } from './notifier';
import { DOMAIN } from '../header/renderer';
import { IBlocks } from '../core/tokens';

const ID = 'effecttalk:notifications';
const ALLOW = 'effecttalk:allow-notifications';
const DEFAULTS: IWanted = { isOn: true, seconds: 30 };

export const notifications: JupyterFrontEndPlugin<void> = {
  id: ID,
  description:
    'Tells when a long block has ended or one waits for input, while the page is hidden.',
  autoStart: true,
  requires: [INotebookTracker, IBlocks],
  optional: [ISettingRegistry, ICommandPalette, ITranslator],
  activate: (
    app,
    tracker: INotebookTracker,
    known: IBlocks,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    let wanted = DEFAULTS;
    if (settings !== null) {
      void follow(settings, now => {
        wanted = now;
      });
    }
    const parts = {
      wanted: () => wanted,
      activate: (panel: NotebookPanel) => {
        app.shell.activateById(panel.id);
      },
      trans
    };
    app.commands.addCommand(ALLOW, {
      label: trans.__('Allow Notifications of Blocks'),
      caption: trans.__('Let the browser tell of blocks while JupyterLab is hidden'),
      isEnabled: canNotify,
      execute: () => allow(trans)
    });
    palette?.addItem({ command: ALLOW, category: 'EffectTalk' });
    const active = new Map<NotebookBlocks, Notices>();
    const tell = (panel: NotebookPanel): void => {
      active.forEach((notices, of) => {
        if (of.isDisposed) {
          notices.dispose();
          active.delete(of);
        }
      });
      const of = known.of(panel);
      if (of !== null && !active.has(of)) {
        active.set(of, new Notices(panel, of, parts));
      }
    };
    known.changed.connect((_, panel) => {
      tell(panel);
    });
    tracker.forEach(tell);
  }
};

/** Tell *take* what is set, now and whenever it changes. */
async function follow(settings: ISettingRegistry, take: (wanted: IWanted) => void): Promise<void> {
  const loaded = await settings.load(ID);
  const read = (): void => {
    const { enabled, seconds } = loaded.composite;
    take({
      isOn: enabled !== false,
      seconds: typeof seconds === 'number' ? seconds : DEFAULTS.seconds
    });
  };
  loaded.changed.connect(read);
  read();
}

/** Ask for the browser's permission; it wants that to be somebody's own act. */
async function allow(trans: ITranslate): Promise<void> {
  const answer = await Notification.requestPermission();
  if (answer === 'granted') {
    LabNotification.success(trans.__('The browser tells of blocks while JupyterLab is hidden.'));
  } else {
    LabNotification.warning(
      trans.__(
        'The browser does not allow notifications of this page: its settings can change that.'
      )
    );
  }
}
