import { describe, expect, it } from 'vitest';

import { exitStatusLabel, describeCell, describeOutcome } from '../../src/core/outcome';
import { STATUSES } from '../../src/core/record';
import { cellState, type ICellFacts } from '../../src/core/cellstate';
import { record, running } from '../records';
import { ENGLISH } from '../english';

const NOTHING: ICellFacts = {
  record: null,
  isScheduled: false,
  activity: null,
  isLive: false,
  isStale: false
};
const state = (facts: Partial<ICellFacts>): string => cellState({ ...NOTHING, ...facts });

describe('the state of a cell', () => {
  it('is none before it has run', () => {
    expect(state({})).toBe('none');
  });

  it('changes from queued to running to the outcome of its block', () => {
    expect(state({ isScheduled: true })).toBe('queued');
    expect(state({ isScheduled: true, record: running(), isLive: true })).toBe('running');
    expect(state({ record: record() })).toBe('success');
  });

  it('is running between two attempts', () => {
    expect(state({ isScheduled: true, record: record({ status: 'failed', exit_status: 1 }) })).toBe(
      'running'
    );
  });

  it('follows the kernel, whatever the notebook contains', () => {
    const activity = { number: 3, state: 'waiting' as const };
    expect(state({ activity, record: running(), isLive: true })).toBe('waiting');
    expect(state({ activity: { number: 4, state: 'running' }, record: record() })).toBe('running');
    expect(state({ activity: { number: null, state: 'queued' } })).toBe('queued');
  });

  it('is unfinished if the end of a block was never recorded', () => {
    expect(state({ record: running() })).toBe('unfinished');
  });

  it('is stale only after a success', () => {
    expect(state({ record: record(), isStale: true })).toBe('stale');
    const failed = record({ status: 'failed', exit_status: 2 });
    expect(state({ record: failed, isStale: true })).toBe('failed');
  });

  it.each([
    ['shell_lost', 'failed'],
    ['refused', 'failed'],
    ['timed_out', 'timed_out'],
    ['background', 'background'],
    ['interrupted', 'interrupted']
  ])('of a block that is %s is %s', (status, expected) => {
    expect(state({ record: record({ status }) })).toBe(expected);
  });
});

describe('descriptions', () => {
  it.each([
    [{ status: 'failed', exit_status: 2 }, 'failed: exit status 2'],
    [{ status: 'failed', exit_status: 139, signal: 'SIGSEGV' }, 'failed: SIGSEGV'],
    [{ status: 'failed', problem: 'cat waited for input' }, 'failed'],
    [{ status: 'success', exit_status: 1 }, 'success: exit status 1'],
    [
      { status: 'interrupted', signals_sent: ['SIGINT', 'SIGTERM'] },
      'interrupted: SIGINT, SIGTERM'
    ],
    [{ status: 'interrupted' }, 'interrupted']
  ])('of %j', (changes, words) => {
    expect(describeOutcome(record(changes), ENGLISH)).toBe(words);
  });

  it('exist for every status', () => {
    for (const status of STATUSES) {
      expect(describeOutcome(record({ status }), ENGLISH)).not.toBe('');
    }
  });

  it('of a cell match its badge', () => {
    const failed = record({ status: 'failed', exit_status: 2 });
    expect(describeCell('failed', failed, ENGLISH)).toBe('failed: exit status 2');
    expect(describeCell('waiting', running(), ENGLISH)).toBe('waiting for input');
    expect(describeCell('stale', record(), ENGLISH)).toBe(
      'success, but a cell above has run since'
    );
  });

  it('on a badge are only the exit status of a failure', () => {
    expect(exitStatusLabel('failed', record({ status: 'failed', exit_status: 127 }))).toBe('127');
    expect(exitStatusLabel('success', record())).toBe('');
    expect(exitStatusLabel('failed', record({ status: 'refused', exit_status: undefined }))).toBe(
      ''
    );
  });
});
