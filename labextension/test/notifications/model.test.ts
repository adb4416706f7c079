import { describe, expect, it } from 'vitest';

import { notificationFor, type IStateChange } from '../../src/notifications/model';
import type { CellState } from '../../src/core/cellstate';

const SETTINGS = { isEnabled: true, seconds: 30 };

function change(before: CellState, after: CellState, seconds = 60): IStateChange {
  return { before, after, seconds, isHidden: true };
}

describe('who does not see the page', () => {
  it.each(['success', 'failed', 'interrupted', 'timed_out', 'stale'] as const)(
    'is told when a long block has ended: %s',
    after => {
      expect(notificationFor(change('running', after, 30), SETTINGS)).toBe('ended');
      expect(notificationFor(change('background', after, 30), SETTINGS)).toBe('ended');
      expect(notificationFor(change('running', after, 29.9), SETTINGS)).toBeNull();
    }
  );

  it('is told at once of a question, and once', () => {
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
  ] as const)('is told nothing of %s to %s', (before, after) => {
    expect(notificationFor(change(before, after), SETTINGS)).toBeNull();
  });

  it('is told nothing when it sees it, or does not want it', () => {
    const ended = change('running', 'failed');
    expect(notificationFor({ ...ended, isHidden: false }, SETTINGS)).toBeNull();
    expect(notificationFor(ended, { ...SETTINGS, isEnabled: false })).toBeNull();
  });
});
