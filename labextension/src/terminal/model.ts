/** Messages about a block's terminal, and keys pressed in it. */

/** A message from the kernel. */
export type TerminalMessage =
  | {
      readonly event: 'started';
      readonly block: number;
      /** ID of the block's cell; null if the request did not name one. */
      readonly cell: string | null;
    }
  | {
      readonly event: 'output';
      readonly bytes: Uint8Array;
      /** Whether it repeats earlier output, so that queries in it must not be answered again. */
      readonly isReplay: boolean;
    }
  /** The kernel asks whether the terminal is still shown. */
  | { readonly event: 'ping'; readonly block: number }
  | { readonly event: 'ended'; readonly block: number };

/** The part of a keyboard event that is used here. */
export interface IKey {
  readonly type: string;
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** What handles a key: the program or the browser; `leave` moves the focus out of the terminal. */
export type KeyTarget = 'program' | 'browser' | 'leave';

/** Read a message; return null if it is unknown. */
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
  return event === 'ended' || event === 'ping' ? { event, block } : null;
}

/**
 * Return the text that a program wants in the clipboard: `c;` and the text in base64.
 *
 * Null for everything else, above all for `c;?`, which would tell the program what the user has
 * copied elsewhere.
 */
export function clipboardText(data: string): string | null {
  const [selection, base64] = data.split(';');
  const bytes = base64 === undefined ? null : decodeBase64(base64);
  const isClipboard = selection === '' || selection?.includes('c') === true;
  return isClipboard && bytes !== null && bytes.length > 0 ? new TextDecoder().decode(bytes) : null;
}

function decodeBase64(base64: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(base64), character => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/**
 * Return what handles a key.
 *
 * Terminal programs do not use Ctrl+Shift+Enter. Ctrl+Shift+V and Ctrl+Shift+C are the clipboard
 * keys of terminals, and Ctrl+C copies if text is selected.
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
