/** Restoring a recorded state of the shell, after the user has confirmed it. */
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';

import type { ITranslationBundle } from '../translation';
import { restoreCommand, type IRestoreTarget } from './restorecommand';
import { runCommand } from './runcommand';

// Long enough to read what cannot be restored.
const SHOWN_MILLISECONDS = 10_000;

/** What the user has to confirm. */
export interface IRestoreRequest {
  /** The question. */
  readonly title: string;
  /** What will be restored. */
  readonly body: string;
  /** Which state is restored. */
  readonly target: IRestoreTarget;
}

/**
 * Restore a recorded state, in a block without a cell, so that the notebook does not change.
 *
 * Return whether the user has confirmed it. Rejects with the kernel's error message.
 */
export async function restoreState(
  kernel: Kernel.IKernelConnection,
  { title, body, target }: IRestoreRequest,
  trans: ITranslationBundle
): Promise<boolean> {
  const command = restoreCommand(target);
  const rest = trans.__(
    'Files, the notebook and effects of programs do not change. ' +
      'To undo this, run "effecttalk undo" in a cell.'
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
