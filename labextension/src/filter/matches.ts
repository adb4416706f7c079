/** Filter matches: which lines a question is about, and where in them. */
import { lineAt, lineCount, type ILines } from './lines';
import { errorMessage } from '../core/errors';

/** What somebody wants to see of a block's output. */
export interface IQuery {
  /** '' is about nothing: all lines are shown. */
  readonly text: string;
  readonly isRegExp: boolean;
  readonly isCaseMatched: boolean;
  readonly isInverted: boolean;
  /** How many lines around each match are shown as well. */
  readonly context: number;
  /** Whether lines without a match are left out. */
  readonly isOnlyMatching: boolean;
}

/** Lines that match; all in numbers, which are handed from one thread to another at once. */
export interface IMatches {
  readonly lines: Uint32Array;
  /** Where in the lines: a beginning and an end each time. */
  readonly marks: Uint32Array;
  /** At which of the marks each line's begin, and how many marks there are. */
  readonly firstMarks: Uint32Array;
}

export const NO_MATCHES: IMatches = {
  lines: new Uint32Array(0),
  marks: new Uint32Array(0),
  firstMarks: new Uint32Array(1)
};

/** How far a search goes before it can be given up. */
export const STEP_LINES = 1_000;
// More than anybody looks at in one line, and more than a page should hold.
const MAX_MARKS_PER_LINE = 100;
const MAX_MARKS = 1_000_000;

/** Why a regular expression is none; the message says what is wrong. */
export class ExpressionError extends Error {}

/** Return the expression of a question. Raises ExpressionError. */
export function compileQuery({ text, isRegExp, isCaseMatched }: IQuery): RegExp {
  const flags = isCaseMatched ? 'g' : 'gi';
  if (!isRegExp) {
    return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), flags);
  }
  // Whole characters where that can be; `\-` and `{` alone are allowed only without.
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

/** Search, a number of lines at a time: yields how many are done. Raises ExpressionError. */
export function* search(lines: ILines, query: IQuery): Generator<number, IMatches> {
  const count = lineCount(lines);
  if (query.text === '') {
    return NO_MATCHES;
  }
  const expression = compileQuery(query);
  const found: number[] = [];
  const marks: number[] = [];
  const firstMarks = [0];
  for (let place = 0; place < count; place += 1) {
    if (place % STEP_LINES === 0) {
      yield place;
    }
    const line = lineAt(lines, place);
    expression.lastIndex = 0;
    if (expression.test(line) === query.isInverted) {
      continue;
    }
    found.push(place);
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

/** Return where one of the lines that match does so. */
export function matchMarks({ marks, firstMarks }: IMatches, match: number): [number, number][] {
  const pairs: [number, number][] = [];
  const end = firstMarks[match + 1] ?? 0;
  for (let mark = firstMarks[match] ?? 0; mark < end; mark += 1) {
    pairs.push([marks[2 * mark] ?? 0, marks[2 * mark + 1] ?? 0]);
  }
  return pairs;
}

/** Whether two questions are about the same lines, however these are shown. */
export function hasSameMatches(one: IQuery, other: IQuery): boolean {
  return (
    one.text === other.text &&
    one.isRegExp === other.isRegExp &&
    one.isCaseMatched === other.isCaseMatched &&
    one.isInverted === other.isInverted
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
      expression.lastIndex = end + 1; // nothing was matched: it would stay there
    }
  }
}
