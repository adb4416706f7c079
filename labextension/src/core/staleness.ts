/** Stale cells: those that ran before a cell above them. */
import type { IRecord } from './record';

/**
 * Return for each cell in the notebook whether it is stale; null stands for a cell without a block.
 */
export function findStale(records: readonly (IRecord | null)[]): boolean[] {
  let latest: IRecord | null = null;
  return records.map(record => {
    if (record === null) {
      return false;
    }
    const isStale = latest !== null && isBefore(record, latest);
    if (latest === null || isBefore(latest, record)) {
      latest = record;
    }
    return isStale;
  });
}

/** Whether *one* ran before *other*; across sessions, only the times can tell, if there are any. */
function isBefore(one: IRecord, other: IRecord): boolean {
  if (one.session === other.session) {
    return one.number < other.number;
  }
  return one.started !== null && other.started !== null && one.started < other.started;
}
