import { describe, expect, it } from 'vitest';

import { failedIndexes, nearestBlock, nextFailed, shouldFold } from '../../src/actions/model';
import type { CellState } from '../../src/core/cellstate';
import { record } from '../records';

const STATES: readonly CellState[] = ['failed', 'none', 'success', 'timed_out', 'interrupted'];

describe('the cells that an action applies to', () => {
  it('are those whose blocks have failed', () => {
    expect(failedIndexes(STATES)).toEqual([0, 3]);
  });

  it('are the nearest ones with a block', () => {
    expect(nearestBlock(STATES, 0, 1)).toBe(2);
    expect(nearestBlock(STATES, 2, -1)).toBe(0);
    expect(nearestBlock(STATES, 4, 1)).toBeNull();
    expect(nearestBlock(STATES, 0, -1)).toBeNull();
    expect(nearestBlock([], 0, 1)).toBeNull();
  });

  it('are the next failed ones, wrapping around, and never the active one', () => {
    expect(nextFailed(STATES, 0, 1)).toBe(3);
    expect(nextFailed(STATES, 3, 1)).toBe(0);
    expect(nextFailed(STATES, 0, -1)).toBe(3);
    expect(nextFailed(['failed', 'none'], 0, 1)).toBeNull();
    expect(nextFailed([], 0, 1)).toBeNull();
  });
});

describe('automatic folding', () => {
  const printed = (lines: number): ReturnType<typeof record> =>
    record({ stdout: { size_bytes: lines, lines, left_out_bytes: 0 } });

  it('folds long successes, unfolds failures, and leaves the others as they are', () => {
    expect(shouldFold('success', printed(31), 30)).toBe(true);
    expect(shouldFold('success', printed(30), 30)).toBeNull();
    expect(shouldFold('failed', printed(500), 30)).toBe(false);
    expect(shouldFold('running', printed(500), 30)).toBeNull();
    expect(shouldFold('none', null, 30)).toBeNull();
  });
});
