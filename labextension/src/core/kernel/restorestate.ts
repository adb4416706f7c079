/** Restoring: brings the shell of a notebook to a state that is kept, if somebody confirms that. */
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';

import type { ITranslationBundle } from '../translation';
import { runCommand } from './runcommand';

// Long enough to read what does not come back.
const SHOWN_MILLISECONDS = 10_000;

/** Which state. */
export interface IRestoreRequest {
  /** The question. */
  readonly title: string;
  /** When it was so: "when the block had ended". */
  readonly body: string;
  /** What brings it back. */
  readonly command: string;
}

/**
 * Bring a state back, as a block that belongs to no cell: the notebook stays as it is.
 *
 * Return whether that was wanted; fails with what the kernel says.
 */
export async function restoreState(
  kernel: Kernel.IKernelConnection,
  { title, body, command }: IRestoreRequest,
  trans: ITranslationBundle
): Promise<boolean> {
  const rest = trans.__(
    'Files and what programs did stay as they are, and so does the notebook. ' +
      '"effecttalk undo" in a cell takes it back.'
  );
  const { button } = await showDialog({
    title,
    body: `${body} ${rest}`,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Restore') })]
  });
  if (!button.accept) {
    return false;
  }
  const text = await runCommand(kernel, command);
  Notification.success(text, { autoClose: SHOWN_MILLISECONDS });
  return true;
}
