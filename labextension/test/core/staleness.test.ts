import { describe, expect, it } from 'vitest';

import type { IRecord } from '../../src/core/record';
import { findStale } from '../../src/core/staleness';
import { record } from '../records';

const ran = (number: number, session = 'one', started = `2024-05-17T14:00:0${number}Z`): IRecord =>
  record({ number, volatile: { session, started } });

describe('stale cells', () => {
  it('do not exist in a notebook that ran from top to bottom', () => {
    expect(findStale([ran(1), ran(2), ran(3)])).toEqual([false, false, false]);
  });

  it('are those below a cell that has run since', () => {
    expect(findStale([ran(1), ran(5), ran(3), ran(4), ran(6)])).toEqual([
      false,
      false,
      true,
      true,
      false
    ]);
  });

  it('are never cells that have not run', () => {
    expect(findStale([ran(2), null, ran(1), null])).toEqual([false, false, true, false]);
  });

  it('are found by time across sessions', () => {
    const before = ran(9, 'before', '2024-05-16T00:00:00Z');
    expect(findStale([ran(1), before])).toEqual([false, true]);
    expect(findStale([before, ran(1)])).toEqual([false, false]);
  });

  it('are not reported without evidence', () => {
    const timeless = record({ number: 1, volatile: undefined });
    expect(findStale([ran(5), timeless])).toEqual([false, false]);
  });
});
