/** The state of a cell, derived from all that is known about it. */
import type { IRecord, Status } from './record';

/** States of a cell; `unfinished` if the end of its block was never recorded. */
export type CellState =
  | 'none'
  | 'queued'
  | 'running'
  | 'waiting'
  | 'success'
  | 'failed'
  | 'interrupted'
  | 'timed_out'
  | 'background'
  | 'stale'
  | 'unfinished';

/** What a cell is doing, as its kernel has reported. */
export interface ICellActivity {
  readonly state: 'queued' | 'running' | 'waiting';
  readonly number: number | null;
}

/** What is known about a cell. */
export interface ICellFacts {
  /** The record in its outputs. */
  readonly record: IRecord | null;
  /** Whether this page has sent an execute request for it and has no reply yet. */
  readonly isScheduled: boolean;
  /** What the kernel has reported; null if nothing, or if the block has finished. */
  readonly activity: ICellActivity | null;
  /** Whether the block, which is running according to its record, is running now. */
  readonly isLive: boolean;
  /** Whether a cell above it has run since. */
  readonly isStale: boolean;
}

const ENDED: Readonly<Record<Exclude<Status, 'running'>, CellState>> = {
  success: 'success',
  failed: 'failed',
  interrupted: 'interrupted',
  timed_out: 'timed_out',
  background: 'background',
  shell_lost: 'failed',
  refused: 'failed'
};

/** Whether a cell in this state will change its state without the user. */
export function isActive(state: CellState): boolean {
  return state === 'queued' || state === 'running' || state === 'waiting';
}

/** Return the state of a cell; current activity takes precedence over the record. */
export function cellState(facts: ICellFacts): CellState {
  return facts.activity === null ? recordedState(facts) : facts.activity.state;
}

function recordedState({ record, isScheduled, isLive, isStale }: ICellFacts): CellState {
  if (isScheduled) {
    // Its outputs were cleared, so the record belongs to this run, perhaps to one of several
    // attempts.
    return record === null ? 'queued' : 'running';
  }
  if (record === null) {
    return 'none';
  }
  if (record.status === 'running') {
    return isLive ? 'running' : 'unfinished';
  }
  const ended = ENDED[record.status];
  return isStale && ended === 'success' ? 'stale' : ended;
}

/** Whether a block has failed; one that the user has interrupted has not. */
export function isFailed(state: CellState): boolean {
  return state === 'failed' || state === 'timed_out';
}

/** Whether a block has failed or was interrupted. */
export function isUnsuccessful(state: CellState): boolean {
  return isFailed(state) || state === 'interrupted';
}

/** Whether a block is running, so that it can be interrupted. */
export function isRunning(state: CellState): boolean {
  return state === 'running' || state === 'waiting';
}
