/** Terminal: what a kernel says of the terminal of a block, over a comm. */

/** Everything that can be said. */
export type TerminalMessage =
  | {
      readonly event: 'started';
      readonly block: number;
      /** The cell that asked for it; null: nobody said. */
      readonly cell: string | null;
    }
  | {
      readonly event: 'output';
      readonly bytes: Uint8Array;
      /** Whether it was said before: questions in it have their answers. */
      readonly isReplay: boolean;
    }
  | { readonly event: 'ended'; readonly block: number };

/** What is needed of a key that goes down. */
export interface IKey {
  readonly type: string;
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** What to do with a key: give it to the program, to the browser, or leave the terminal. */
export type KeyTarget = 'program' | 'browser' | 'leave';

/** Read a message; null: it says nothing that is known here. */
export function readTerminalMessage(
  data: Readonly<Record<string, unknown>>
): TerminalMessage | null {
  const { event, block, cell, output, again } = data;
  if (typeof output === 'string') {
    const bytes = decodeBase64(output);
    return bytes === null ? null : { event: 'output', bytes, isReplay: again === true };
  }
  if (typeof block !== 'number') {
    return null;
  }
  if (event === 'started') {
    return { event, block, cell: typeof cell === 'string' ? cell : null };
  }
  return event === 'ended' ? { event, block } : null;
}

function decodeBase64(base64: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(base64), character => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/**
 * Return what a key is for.
 *
 * Programs have no key of their own that is both Ctrl+Shift and Enter; V and C with both
 * are those of terminals for the clipboard, and Ctrl+C copies where something is selected.
 */
export function keyTarget(key: IKey, hasSelection: boolean): KeyTarget {
  if (!key.ctrlKey || key.altKey || key.metaKey) {
    return 'program';
  }
  const name = key.key.toLowerCase();
  if (key.shiftKey) {
    return name === 'enter' ? 'leave' : name === 'v' || name === 'c' ? 'browser' : 'program';
  }
  return name === 'c' && hasSelection ? 'browser' : 'program';
}
