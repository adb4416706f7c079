/** An action: a command for the block of the active cell. */
import type { ISessionContextDialogs } from '@jupyterlab/apputils';
import type { ServerConnection } from '@jupyterlab/services';
import type { Widget } from '@lumino/widgets';
import type { IActiveCell } from '../core/notebook/activecell';
import type { ITranslationBundle } from '../core/translation';

/** What a user can do with the active cell's block. */
export interface IAction {
  /** Its command is this behind `effecttalk:`. */
  readonly name: string;
  readonly label: string | ((active: IActiveCell) => string);
  isEnabled(active: IActiveCell): boolean;
  /** Whether it is on, of one that is on or off. */
  isToggled?(active: IActiveCell): boolean;
  run(active: IActiveCell): void | Promise<void>;
}

/** What actions need of JupyterLab. */
export interface IActionTools {
  readonly trans: ITranslationBundle;
  readonly dialogs: ISessionContextDialogs | undefined;
  readonly server: ServerConnection.ISettings;
  /** Show a widget in the main area. */
  show(widget: Widget): void;
  /** A success that printed more lines is long. */
  maxLines(): number;
}
