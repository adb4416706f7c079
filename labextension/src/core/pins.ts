/** Pins: what a cell's metadata says of a block that somebody wants to find again. */
import type { ITranslationBundle } from './translation';

/** What of a cell's metadata is ours; `options` beside it are the kernel's. */
export const METADATA_KEY = 'effecttalk';

const PINNED = 'pinned';

/** Whether a cell whose metadata has this as ours is pinned. */
export function hasPin(metadata: unknown): boolean {
  return isObject(metadata) && metadata[PINNED] === true;
}

/** Return what is to be ours in the metadata of a cell that is pinned, or not any more; null: nothing. */
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

/** Return *words* on a cell, and that it is pinned, for who can't see that. */
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
