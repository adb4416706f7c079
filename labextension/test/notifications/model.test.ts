import { describe, expect, it } from 'vitest';

import { notificationFor, type IStateChange } from '../../src/notifications/model';
import type { CellState } from '../../src/core/cellstate';

const SETTINGS = { isEnabled: true, seconds: 30 };

function change(before: CellState, after: CellState, seconds = 60): IStateChange {
  return { before, after, seconds, isHidden: true };
}

describe('the user of a hidden page', () => {
  it.each(['success', 'failed', 'interrupted', 'timed_out', 'stale'] as const)(
    'is notified about the end of a long block: %s',
    after => {
      expect(notificationFor(change('running', after, 30), SETTINGS)).toBe('ended');
      expect(notificationFor(change('background', after, 30), SETTINGS)).toBe('ended');
      expect(notificationFor(change('running', after, 29.9), SETTINGS)).toBeNull();
    }
  );

  it('is notified about a question at once, and only once', () => {
    expect(notificationFor(change('running', 'waiting', 0), SETTINGS)).toBe('waiting');
    expect(notificationFor(change('none', 'waiting', 0), SETTINGS)).toBe('waiting');
    expect(notificationFor(change('waiting', 'waiting', 90), SETTINGS)).toBeNull();
    expect(notificationFor(change('waiting', 'success'), SETTINGS)).toBe('ended');
  });

  it.each([
    ['queued', 'running'],
    ['running', 'background'],
    ['queued', 'none'],
    ['running', 'unfinished'],
    ['running', 'none'],
    ['none', 'success'],
    ['success', 'stale']
  ] as const)('is not notified about a change from %s to %s', (before, after) => {
    expect(notificationFor(change(before, after), SETTINGS)).toBeNull();
  });

  it('is not notified if the page is visible, or notifications are off', () => {
    const ended = change('running', 'failed');
    expect(notificationFor({ ...ended, isHidden: false }, SETTINGS)).toBeNull();
    expect(notificationFor(ended, { ...SETTINGS, isEnabled: false })).toBeNull();
  });
});
