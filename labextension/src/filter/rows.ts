/** The rows of the list: lines, and gaps between them. */
import { lineCount, type ILines } from './lines';
import type { IMatches, IQuery } from './matches';

/** A line by its index, or a gap between lines that are not adjacent. */
export type Row =
  | { readonly kind: 'line'; readonly line: number; readonly match: number | null }
  | { readonly kind: 'gap' };

/** The rows for a search result, computed on demand. */
export class FilterRows {
  constructor(
    readonly lines: ILines,
    readonly matches: IMatches,
    query: IQuery
  ) {
    const isAll = query.text === '' || !query.isOnlyMatching;
    this._codes = isAll ? null : rowCodes(matches.lines, lineCount(lines), query.context);
  }

  /** The number of rows. */
  get count(): number {
    return this._codes?.length ?? lineCount(this.lines);
  }

  /** Return a row. */
  at(index: number): Row {
    const code = this._codes === null ? 2 * index : (this._codes[index] ?? 0);
    if (code % 2 === 1) {
      return { kind: 'gap' };
    }
    const line = code / 2;
    const match = lowerBound(this.matches.lines, line);
    return { kind: 'line', line, match: this.matches.lines[match] === line ? match : null };
  }

  /** Return the row in which a match is. */
  indexOf(match: number): number {
    const line = this.matches.lines[match] ?? 0;
    return this._codes === null ? line : lowerBound(this._codes, 2 * line);
  }

  /** Return the first match at row *place* or below; the first of all if there is none. */
  matchFrom(index: number): number {
    const row = this.at(Math.min(index, this.count - 1));
    const after = this.at(Math.min(index + 1, this.count - 1));
    const line = row.kind === 'line' ? row.line : after.kind === 'line' ? after.line : 0;
    const match = lowerBound(this.matches.lines, line);
    return match < this.matches.lines.length ? match : 0;
  }

  // Twice the index of each line; one more for the gap after it. Null if all lines are shown.
  private readonly _codes: Uint32Array | null;
}

/** Return the codes of the lines in *matches* with *context* lines around them, and of gaps. */
export function rowCodes(matches: Uint32Array, count: number, context: number): Uint32Array {
  const codes: number[] = [];
  let next = 0;
  for (const match of matches) {
    const first = Math.max(next, match - context);
    if (context > 0 && next > 0 && first > next) {
      codes.push(2 * next - 1);
    }
    next = Math.max(next, Math.min(count, match + context + 1));
    for (let line = first; line < next; line += 1) {
      codes.push(2 * line);
    }
  }
  return Uint32Array.from(codes);
}

/** The visible part of a list. */
export interface IViewport {
  readonly top: number;
  readonly height: number;
  readonly rowHeight: number;
}

// Browsers cannot draw elements that are taller than some ten million pixels.
const MAX_PIXELS = 8_000_000;

/** Return the height of a list of *count* rows, limited to what a browser can scroll. */
export function listHeight(count: number, row: number): number {
  return Math.min(count * row, MAX_PIXELS);
}

/** Return the index of the first visible row; it has a fraction if the row is partly visible. */
export function firstVisibleRow({ top, height, rowHeight }: IViewport, count: number): number {
  const all = count * rowHeight;
  const part = listHeight(count, rowHeight) - height;
  return part <= 0 ? 0 : (top / part) * ((all - height) / rowHeight);
}

/** Return the scroll position at which *first* is the first visible row. */
export function scrollTopFor(first: number, view: Omit<IViewport, 'top'>, count: number): number {
  const most = (count * view.rowHeight - view.height) / view.rowHeight;
  const part = listHeight(count, view.rowHeight) - view.height;
  return most <= 0 ? 0 : Math.round((Math.min(first, most) / most) * part);
}

/** Return the index of the first of the ascending *numbers* that is at least *value*. */
function lowerBound(numbers: Uint32Array, value: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
