/** The action that pins a block, so that it is easy to find again. */
import { hasPin, METADATA_KEY, withPin } from '../core/pins';
import type { IAction, IActionTools } from './action';

/** Return the pin action. */
export function pinActions({ trans }: IActionTools): IAction[] {
  return [
    {
      name: 'pin',
      label: trans.__('Pin Block'),
      isEnabled: ({ cell, panel, status }) =>
        cell !== null &&
        (status.state !== 'none' || status.isPinned) &&
        panel.model?.readOnly === false,
      isToggled: ({ status }) => status.isPinned,
      run: ({ cell }) => {
        if (cell === null) {
          return;
        }
        const { model } = cell;
        const own: unknown = model.getMetadata(METADATA_KEY);
        const next = withPin(own, !hasPin(own));
        if (next === null) {
          model.deleteMetadata(METADATA_KEY);
        } else {
          model.setMetadata(METADATA_KEY, next);
        }
      }
    }
  ];
}
