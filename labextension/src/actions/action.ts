/** An action: a command for the block of the active cell. */
import type { ISessionContextDialogs } from '@jupyterlab/apputils';
import type { ServerConnection } from '@jupyterlab/services';
import type { Widget } from '@lumino/widgets';
import type { IActiveCell } from '../core/notebook/activecell';
import type { ITranslationBundle } from '../core/translation';

/** What a user can do with the active cell's block. */
export interface IAction {
  /** The command's ID without `effecttalk:`. */
  readonly name: string;
  readonly label: string | ((active: IActiveCell) => string);
  isEnabled(active: IActiveCell): boolean;
  /** Whether the action is on; only for actions that can be on or off. */
  isToggled?(active: IActiveCell): boolean;
  run(active: IActiveCell): void | Promise<void>;
}

/** What actions need from JupyterLab. */
export interface IActionTools {
  readonly trans: ITranslationBundle;
  readonly dialogs: ISessionContextDialogs | undefined;
  readonly server: ServerConnection.ISettings;
  /** Show a widget in the main area. */
  show(widget: Widget): void;
  /** How many lines a successful block may print before its output counts as long. */
  maxLines(): number;
}
