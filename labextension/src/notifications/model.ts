/** When to notify the user about a block. */
import { isActive, type CellState } from '../core/cellstate';

/** What a notification is about. */
export type NotificationKind = 'ended' | 'waiting';

/** The user's settings. */
export interface INotificationSettings {
  readonly isEnabled: boolean;
  /** Notify about the end of blocks that took at least this long. */
  readonly seconds: number;
}

/** A change of a cell's state. */
export interface IStateChange {
  readonly before: CellState;
  readonly after: CellState;
  /** How long the block has been running. */
  readonly seconds: number;
  readonly isHidden: boolean;
}

/** Return the kind of notification for a change; null for none. */
export function notificationFor(
  change: IStateChange,
  settings: INotificationSettings
): NotificationKind | null {
  const { before, after, seconds, isHidden } = change;
  if (!settings.isEnabled || !isHidden) {
    return null;
  }
  if (after === 'waiting') {
    return before === 'waiting' ? null : 'waiting';
  }
  const isUnderway = before === 'running' || before === 'waiting' || before === 'background';
  const isEnd = !isActive(after) && after !== 'none' && after !== 'background';
  return isUnderway && isEnd && after !== 'unfinished' && seconds >= settings.seconds
    ? 'ended'
    : null;
}
