/** Plugin: commands for the block of the active cell. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, ISessionContextDialogs, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { DisposableDelegate } from '@lumino/disposable';

import { problemOf } from '../core/errors';
import {
  activeIn,
  inFront,
  type IAction,
  type IActive,
  type ITools
} from '../core/notebook/activecell';
import { copying } from './copy';
import { going } from './navigate';
import { opening } from './output';
import { pinning } from './pin';
import { running } from './run';
import { Folder } from './autofold';
import { DOMAIN } from '../header/renderer';
import { Views } from '../core/notebook/extensions';
import { IBlocks } from '../core/tokens';

const ID = 'effecttalk:actions';
// Menus and shortcuts of the schema are for notebooks with this class.
const OURS_CLASS = 'et-Notebook';
// Long enough to read a sentence.
const SHOWN_MILLISECONDS = 10_000;

export const actions: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Copies, saves, folds, runs again and stops blocks, and goes from one to another.',
  autoStart: true,
  requires: [INotebookTracker, IBlocks],
  optional: [ICommandPalette, ISettingRegistry, ISessionContextDialogs, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    known: IBlocks,
    palette: ICommandPalette | null,
    registry: ISettingRegistry | null,
    dialogs: ISessionContextDialogs | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const rule = new Rule(registry);
    const tools: ITools = {
      trans,
      dialogs: dialogs ?? undefined,
      server: app.serviceManager.serverSettings,
      show: widget => {
        app.shell.add(widget, 'main');
        app.shell.activateById(widget.id);
      },
      longestLines: () => rule.longestLines
    };
    const active: Find = ({ notebook }) => {
      // A cell's toolbar names its notebook, which may stand beside the one in front.
      const panel =
        typeof notebook === 'string'
          ? tracker.find(one => one.id === notebook)
          : inFront(app, tracker);
      const blocks = panel ? known.of(panel) : null;
      return panel && blocks ? activeIn(panel, blocks) : null;
    };
    for (const action of [copying, opening, pinning, running, going].flatMap(group =>
      group(tools)
    )) {
      const command = `effecttalk:${action.name}`;
      app.commands.addCommand(command, options(action, active));
      palette?.addItem({ command, category: trans.__('Blocks') });
    }
    tracker.currentChanged.connect(() => {
      app.commands.notifyCommandChanged();
    });
    followNotebooks(tracker, known, rule);
  }
};

type Options = Parameters<JupyterFrontEnd['commands']['addCommand']>[1];

type Find = (args: ReadonlyPartialJSONObject) => IActive | null;

/** Return an action as a command for the cell that *find* returns. */
function options({ label, isEnabled, isToggled, run }: IAction, find: Find): Options {
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
        const message = problemOf(error);
        // Without a time, it would be nowhere but in the list of all notifications.
        Notification.error(message, { autoClose: SHOWN_MILLISECONDS });
      }
    }
  };
}

/** Mark the notebooks that are ours, and fold in them. */
function followNotebooks(tracker: INotebookTracker, known: IBlocks, rule: Rule): void {
  new Views(tracker, known, (panel, blocks) => {
    panel.content.addClass(OURS_CLASS);
    const folder = new Folder(panel, blocks, () => (rule.isOn ? rule.longestLines : null));
    return new DisposableDelegate(() => {
      folder.dispose();
      if (!panel.isDisposed) {
        panel.content.removeClass(OURS_CLASS);
      }
    });
  });
}

/** When outputs are folded, as the user has set it. */
class Rule {
  constructor(registry: ISettingRegistry | null) {
    void registry?.load(ID).then(settings => {
      this._take(settings);
      settings.changed.connect(this._take, this);
    });
  }

  isOn = false;
  longestLines = 30;

  private _take({ composite }: ISettingRegistry.ISettings): void {
    this.isOn = composite['fold'] === true;
    const { foldLines } = composite;
    this.longestLines = typeof foldLines === 'number' ? foldLines : this.longestLines;
  }
}
