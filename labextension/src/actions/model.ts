/** The cells that an action applies to. */
import { isFailed, type CellState } from '../core/cellstate';
import type { IRecord } from '../core/record';

/** Return the indexes of the cells whose blocks have failed. */
export function failedIndexes(states: readonly CellState[]): number[] {
  return states.flatMap((state, place) => (isFailed(state) ? [place] : []));
}

/**
 * Return the index of the nearest cell with a block before or after *from*; null if there is none.
 */
export function nearestBlock(
  states: readonly CellState[],
  from: number,
  step: 1 | -1
): number | null {
  for (let place = from + step; place >= 0 && place < states.length; place += step) {
    if (states[place] !== 'none') {
      return place;
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
    const place = (((from + step * distance) % count) + count) % count;
    if (isFailed(states[place] ?? 'none')) {
      return place;
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
