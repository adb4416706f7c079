/** Pins: what a cell's metadata says of a block that somebody wants to find again. */
import type { ITranslate } from './translation';

/** What of a cell's metadata is ours; `options` beside it are the kernel's. */
export const OWN_METADATA = 'effecttalk';

const PINNED = 'pinned';

/** Whether a cell whose metadata has this as ours is pinned. */
export function isPinned(own: unknown): boolean {
  return isObject(own) && own[PINNED] === true;
}

/** Return what is to be ours in the metadata of a cell that is pinned, or not any more; null: nothing. */
export function withPin(
  own: unknown,
  isNowPinned: boolean
): Readonly<Record<string, unknown>> | null {
  const entries = Object.entries(isObject(own) ? own : {}).filter(([name]) => name !== PINNED);
  const next = Object.fromEntries(isNowPinned ? [...entries, [PINNED, true]] : entries);
  return Object.keys(next).length > 0 ? next : null;
}

/** Return *words* on a cell, and that it is pinned, for who can't see that. */
export function wordsWithPin(words: string, isNowPinned: boolean, trans: ITranslate): string {
  return [words, isNowPinned ? trans.__('pinned') : ''].filter(Boolean).join(', ');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
