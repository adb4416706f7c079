/** Notice: what somebody who does not see the page is told of a block. */
import { isActive, type CellState } from '../core/cellstate';

/** What has happened. */
export type NotificationKind = 'ended' | 'waiting';

/** What somebody wants to be told. */
export interface INotificationSettings {
  readonly isEnabled: boolean;
  /** Of the end of blocks that took at least this long. */
  readonly seconds: number;
}

/** A change of a cell's state. */
export interface IStateChange {
  readonly before: CellState;
  readonly after: CellState;
  /** How long the block has taken. */
  readonly seconds: number;
  readonly isHidden: boolean;
}

/** Return what is to be told of a change; null: nothing. */
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
