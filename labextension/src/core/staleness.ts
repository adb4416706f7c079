/** Staleness: which cells have run before a cell above them that has run later. */
import type { IRecord } from './record';

/** Return for each cell, in the order of the notebook, whether it is stale; null: it has not run. */
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

/** Blocks of one session have numbers; those of two only have times, if these are kept. */
function isBefore(one: IRecord, other: IRecord): boolean {
  if (one.session === other.session) {
    return one.number < other.number;
  }
  return one.started !== null && other.started !== null && one.started < other.started;
}
