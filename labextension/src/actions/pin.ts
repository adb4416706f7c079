/** Pinning: the action that pins a block, so that it is found again. */
import { isPinned, OWN_METADATA, withPin } from '../core/pins';
import type { IAction, ITools } from '../core/notebook/activecell';

/** Return these actions. */
export function pinning({ trans }: ITools): IAction[] {
  return [
    {
      name: 'pin',
      label: trans.__('Pin Block'),
      isEnabled: ({ cell, panel, view }) =>
        cell !== null &&
        (view.state !== 'none' || view.isPinned) &&
        panel.model?.readOnly === false,
      isToggled: ({ view }) => view.isPinned,
      run: ({ cell }) => {
        if (cell === null) {
          return;
        }
        const { model } = cell;
        const own: unknown = model.getMetadata(OWN_METADATA);
        const next = withPin(own, !isPinned(own));
        if (next === null) {
          model.deleteMetadata(OWN_METADATA);
        } else {
          model.setMetadata(OWN_METADATA, next);
        }
      }
    }
  ];
}
