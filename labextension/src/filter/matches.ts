/** Searching lines for matches of a query. */
import { lineAt, lineCount, type ILines } from './lines';
import { errorMessage } from '../core/errors';

/** What to search for, and which lines to show. */
export interface IQuery {
  /** '' matches nothing, and all lines are shown. */
  readonly text: string;
  readonly isRegExp: boolean;
  readonly isCaseMatched: boolean;
  readonly isInverted: boolean;
  /** How many lines to show before and after each match. */
  readonly context: number;
  /** Whether to hide lines without a match. */
  readonly isOnlyMatching: boolean;
}

/** Matching lines, as numbers, which are cheap to pass between threads. */
export interface IMatches {
  readonly lines: Uint32Array;
  /** The start and the end of each mark in its line. */
  readonly marks: Uint32Array;
  /** For each line the index of its first mark, and at the end the number of marks. */
  readonly firstMarks: Uint32Array;
}

export const NO_MATCHES: IMatches = {
  lines: new Uint32Array(0),
  marks: new Uint32Array(0),
  firstMarks: new Uint32Array(1)
};

/** How many lines are searched before the search can be cancelled. */
export const STEP_LINES = 1_000;
// More than anybody looks at in one line, and more than a page should hold.
const MAX_MARKS_PER_LINE = 100;
const MAX_MARKS = 1_000_000;

/** A regular expression is invalid; the message explains why. */
export class ExpressionError extends Error {}

/** Return the regular expression of a query. Raises ExpressionError. */
export function compileQuery({ text, isRegExp, isCaseMatched }: IQuery): RegExp {
  const flags = isCaseMatched ? 'g' : 'gi';
  if (!isRegExp) {
    return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), flags);
  }
  // Match whole code points if possible; `\-` and a single `{` are valid only without the flag u.
  return tryCompile(text, `${flags}u`) ?? tryCompile(text, flags) ?? throwExpressionError(text);
}

function tryCompile(text: string, flags: string): RegExp | null {
  try {
    return new RegExp(text, flags);
  } catch {
    return null;
  }
}

function throwExpressionError(text: string): never {
  try {
    new RegExp(text);
  } catch (error) {
    const message = errorMessage(error);
    throw new ExpressionError(message.slice(message.lastIndexOf(': ') + 2), { cause: error });
  }
  throw new ExpressionError(text);
}

/** Search in steps, and yield the number of lines after each step. Raises ExpressionError. */
export function* search(lines: ILines, query: IQuery): Generator<number, IMatches> {
  const count = lineCount(lines);
  if (query.text === '') {
    return NO_MATCHES;
  }
  const expression = compileQuery(query);
  const found: number[] = [];
  const marks: number[] = [];
  const firstMarks = [0];
  for (let index = 0; index < count; index += 1) {
    if (index % STEP_LINES === 0) {
      yield index;
    }
    const line = lineAt(lines, index);
    expression.lastIndex = 0;
    if (expression.test(line) === query.isInverted) {
      continue;
    }
    found.push(index);
    if (!query.isInverted && marks.length < 2 * MAX_MARKS) {
      addMarks(marks, line, expression);
    }
    firstMarks.push(marks.length / 2);
  }
  return {
    lines: Uint32Array.from(found),
    marks: Uint32Array.from(marks),
    firstMarks: Uint32Array.from(firstMarks)
  };
}

/** Return the start and end of each mark in a matching line. */
export function matchMarks({ marks, firstMarks }: IMatches, match: number): [number, number][] {
  const pairs: [number, number][] = [];
  const end = firstMarks[match + 1] ?? 0;
  for (let mark = firstMarks[match] ?? 0; mark < end; mark += 1) {
    pairs.push([marks[2 * mark] ?? 0, marks[2 * mark + 1] ?? 0]);
  }
  return pairs;
}

/** Whether two queries match the same lines, however these are shown. */
export function hasSameMatches(one: IQuery, other: IQuery): boolean {
  return (
    one.text === other.text &&
    one.isRegExp === other.isRegExp &&
    one.isCaseMatched === other.isCaseMatched &&
    one.isInverted === other.isInverted
  );
}

/** Whether two queries have the same matches, and show the same lines around them. */
export function isSameQuery(one: IQuery, other: IQuery): boolean {
  return (
    hasSameMatches(one, other) &&
    one.context === other.context &&
    one.isOnlyMatching === other.isOnlyMatching
  );
}

function addMarks(marks: number[], line: string, expression: RegExp): void {
  expression.lastIndex = 0;
  for (let count = 0; count < MAX_MARKS_PER_LINE; count += 1) {
    const match = expression.exec(line);
    if (match === null) {
      return;
    }
    const end = match.index + match[0].length;
    if (end > match.index) {
      marks.push(match.index, end);
    } else {
      expression.lastIndex = end + 1; // an empty match would be found again
    }
  }
}
