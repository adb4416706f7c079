/** State: what a cell's badge shows, from all that is known of the cell. */
import type { IRecord, Status } from './record';

/** States of a cell; `unfinished`: its block's end was never recorded. */
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

/** What the kernel has told of a cell: its block is that far, with that number. */
export interface ICellActivity {
  readonly state: 'queued' | 'running' | 'waiting';
  readonly number: number | null;
}

/** What is known of a cell. */
export interface ICellFacts {
  /** The record among its outputs. */
  readonly record: IRecord | null;
  /** Whether this page has asked for it to run and has no reply yet. */
  readonly isScheduled: boolean;
  /** What the kernel has told; null: nothing, or it is over. */
  readonly activity: ICellActivity | null;
  /** Whether the block of the record, which says it runs, really does. */
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

/** Whether a cell in this state is on its way to another one by itself. */
export function isActive(state: CellState): boolean {
  return state === 'queued' || state === 'running' || state === 'waiting';
}

/** Return the state of a cell: what happens now counts more than what was recorded. */
export function cellState(facts: ICellFacts): CellState {
  return facts.activity === null ? recordedState(facts) : facts.activity.state;
}

function recordedState({ record, isScheduled, isLive, isStale }: ICellFacts): CellState {
  if (isScheduled) {
    // Its outputs were cleared when it was: a record is of this run, perhaps of one attempt.
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
