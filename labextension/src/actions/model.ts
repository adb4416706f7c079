/** Choice: which cells an action is for. */
import { isFailed, type CellState } from '../core/cellstate';
import type { IRecord } from '../core/record';

/** Return where the cells are whose blocks have failed. */
export function failedIndexes(states: readonly CellState[]): number[] {
  return states.flatMap((state, place) => (isFailed(state) ? [place] : []));
}

/** Return where the nearest cell with a block is, before or behind *from*; null: nowhere. */
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

/** Return where the next failed cell is, going on at the other end; null: there is no other. */
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

/** Whether an ended block's output should be folded; null: leave it as it is. */
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
