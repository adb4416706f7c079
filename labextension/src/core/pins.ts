/** Pins in the metadata of cells. */
import type { ITranslationBundle } from './translation';

/** Our key in the metadata of a cell; it also holds `options`, which the kernel reads. */
export const METADATA_KEY = 'effecttalk';

const PINNED = 'pinned';

/** Whether a cell with this metadata is pinned. */
export function hasPin(metadata: unknown): boolean {
  return isObject(metadata) && metadata[PINNED] === true;
}

/** Return the metadata of a cell after pinning or unpinning it; null if nothing remains. */
export function withPin(
  metadata: unknown,
  isPinned: boolean
): Readonly<Record<string, unknown>> | null {
  const entries = Object.entries(isObject(metadata) ? metadata : {}).filter(
    ([name]) => name !== PINNED
  );
  const next = Object.fromEntries(isPinned ? [...entries, [PINNED, true]] : entries);
  return Object.keys(next).length > 0 ? next : null;
}

/** Return the description of a cell, including whether it is pinned. */
export function describeWithPin(
  description: string,
  isPinned: boolean,
  trans: ITranslationBundle
): string {
  return [description, isPinned ? trans.__('pinned') : ''].filter(Boolean).join(', ');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
