/** The cells that an action applies to. */
import { isFailed, type CellState } from '../core/cellstate';
import type { IRecord } from '../core/record';

/** Return the indexes of the cells whose blocks have failed. */
export function failedIndexes(states: readonly CellState[]): number[] {
  return states.flatMap((state, index) => (isFailed(state) ? [index] : []));
}

/**
 * Return the index of the nearest cell with a block before or after *from*; null if there is none.
 */
export function nearestBlock(
  states: readonly CellState[],
  from: number,
  step: 1 | -1
): number | null {
  for (let index = from + step; index >= 0 && index < states.length; index += step) {
    if (states[index] !== 'none') {
      return index;
    }
  }
  return null;
}

/** Return the index of the next failed cell, wrapping around; null if there is no other. */
export function nextFailed(
  states: readonly CellState[],
  from: number,
  step: 1 | -1
): number | null {
  const count = states.length;
  for (let distance = 1; distance < count; distance += 1) {
    const index = (((from + step * distance) % count) + count) % count;
    if (isFailed(states[index] ?? 'none')) {
      return index;
    }
  }
  return null;
}

/** Whether the output of a finished block should be folded; null to leave it as it is. */
export function shouldFold(
  state: CellState,
  record: IRecord | null,
  maxLines: number
): boolean | null {
  if (record === null) {
    return null;
  }
  if (state === 'success' || state === 'stale') {
    return record.stdout.lines + record.stderr.lines > maxLines ? true : null;
  }
  return isFailed(state) ? false : null;
}
