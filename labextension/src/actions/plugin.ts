/** Plugin: commands for the block of the active cell. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, ISessionContextDialogs, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { DisposableDelegate } from '@lumino/disposable';

import { errorMessage } from '../core/errors';
import { activeCellOf, currentPanel, type IActiveCell } from '../core/notebook/activecell';
import { PanelExtensions } from '../core/notebook/extensions';
import { IBlockTracker } from '../core/tokens';
import { TRANSLATION_DOMAIN } from '../core/translation';
import { type IAction, type IActionTools } from './action';
import { AutoFold } from './autofold';
import { copyActions } from './copy';
import { navigationActions } from './navigate';
import { outputActions } from './output';
import { pinActions } from './pin';
import { runActions } from './run';

const ID = 'effecttalk:actions';
// The menus and shortcuts in the schema apply to notebooks with this class.
const NOTEBOOK_CLASS = 'et-Notebook';
// Long enough to read a sentence.
const NOTIFICATION_MILLISECONDS = 10_000;

export const actions: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Adds commands that copy, save, fold, rerun and stop blocks, and move between them.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker],
  optional: [ICommandPalette, ISettingRegistry, ISessionContextDialogs, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    palette: ICommandPalette | null,
    registry: ISettingRegistry | null,
    dialogs: ISessionContextDialogs | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const rule = new FoldRule(registry);
    const tools: IActionTools = {
      trans,
      dialogs: dialogs ?? undefined,
      server: app.serviceManager.serverSettings,
      show: widget => {
        app.shell.add(widget, 'main');
        app.shell.activateById(widget.id);
      },
      maxLines: () => rule.maxLines
    };
    const active: FindActiveCell = ({ notebook }) => {
      // The toolbar of a cell passes its notebook, which may be visible beside the current one.
      const panel =
        typeof notebook === 'string'
          ? tracker.find(one => one.id === notebook)
          : currentPanel(app, tracker);
      const blocks = panel ? blockTracker.get(panel) : null;
      return panel && blocks ? activeCellOf(panel, blocks) : null;
    };
    for (const action of [
      copyActions,
      outputActions,
      pinActions,
      runActions,
      navigationActions
    ].flatMap(group => group(tools))) {
      const command = `effecttalk:${action.name}`;
      app.commands.addCommand(command, commandOptions(action, active));
      palette?.addItem({ command, category: trans.__('Blocks') });
    }
    tracker.currentChanged.connect(() => {
      app.commands.notifyCommandChanged();
    });
    followNotebooks(tracker, blockTracker, rule);
  }
};

type Options = Parameters<JupyterFrontEnd['commands']['addCommand']>[1];

type FindActiveCell = (args: ReadonlyPartialJSONObject) => IActiveCell | null;

/** Return the command options for an action on the cell that *find* returns. */
function commandOptions(
  { label, isEnabled, isToggled, run }: IAction,
  find: FindActiveCell
): Options {
  return {
    label: args => {
      if (typeof label === 'string') {
        return label;
      }
      const active = find(args);
      return active === null ? '' : label(active);
    },
    isVisible: args => find(args) !== null,
    isEnabled: args => {
      const active = find(args);
      return active !== null && isEnabled(active);
    },
    ...(isToggled && {
      isToggled: args => {
        const active = find(args);
        return active !== null && isToggled(active);
      }
    }),
    execute: async args => {
      const active = find(args);
      if (active === null || !isEnabled(active)) {
        return;
      }
      try {
        await run(active);
      } catch (error) {
        const message = errorMessage(error);
        // Without a timeout it would appear only in the list of all notifications.
        Notification.error(message, { autoClose: NOTIFICATION_MILLISECONDS });
      }
    }
  };
}

/** Mark EffectTalk notebooks with a class, and fold outputs in them. */
function followNotebooks(
  tracker: INotebookTracker,
  blockTracker: IBlockTracker,
  rule: FoldRule
): void {
  new PanelExtensions(tracker, blockTracker, (panel, blocks) => {
    panel.content.addClass(NOTEBOOK_CLASS);
    const folder = new AutoFold(panel, blocks, () => (rule.isEnabled ? rule.maxLines : null));
    return new DisposableDelegate(() => {
      folder.dispose();
      if (!panel.isDisposed) {
        panel.content.removeClass(NOTEBOOK_CLASS);
      }
    });
  });
}

/** The user's settings for folding outputs. */
class FoldRule {
  constructor(registry: ISettingRegistry | null) {
    void registry?.load(ID).then(settings => {
      this._read(settings);
      settings.changed.connect(this._read, this);
    });
  }

  isEnabled = false;
  maxLines = 30;

  private _read({ composite }: ISettingRegistry.ISettings): void {
    this.isEnabled = composite['fold'] === true;
    const { foldLines } = composite;
    this.maxLines = typeof foldLines === 'number' ? foldLines : this.maxLines;
  }
}
