import { describe, expect, it } from 'vitest';

import { noticeOf, type IStateChange } from '../../src/notifications/model';
import type { CellState } from '../../src/core/cellstate';

const WANTED = { isOn: true, seconds: 30 };

function change(before: CellState, after: CellState, seconds = 60): IStateChange {
  return { before, after, seconds, isHidden: true };
}

describe('who does not see the page', () => {
  it.each(['success', 'failed', 'interrupted', 'timed_out', 'stale'] as const)(
    'is told when a long block has ended: %s',
    after => {
      expect(noticeOf(change('running', after, 30), WANTED)).toBe('ended');
      expect(noticeOf(change('background', after, 30), WANTED)).toBe('ended');
      expect(noticeOf(change('running', after, 29.9), WANTED)).toBeNull();
    }
  );

  it('is told at once of a question, and once', () => {
    expect(noticeOf(change('running', 'waiting', 0), WANTED)).toBe('waiting');
    expect(noticeOf(change('none', 'waiting', 0), WANTED)).toBe('waiting');
    expect(noticeOf(change('waiting', 'waiting', 90), WANTED)).toBeNull();
    expect(noticeOf(change('waiting', 'success'), WANTED)).toBe('ended');
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
    expect(noticeOf(change(before, after), WANTED)).toBeNull();
  });

  it('is told nothing when it sees it, or does not want it', () => {
    const ended = change('running', 'failed');
    expect(noticeOf({ ...ended, isHidden: false }, WANTED)).toBeNull();
    expect(noticeOf(ended, { ...WANTED, isOn: false })).toBeNull();
  });
});
