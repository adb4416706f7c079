import { describe, expect, it } from 'vitest';

import {
  lineAt,
  lineCount,
  splitLines,
  shownPieces,
  type ILines,
  type ITextPiece
} from '../../src/filter/lines';
import {
  ExpressionError,
  compileQuery,
  hasSameMatches,
  matchMarks,
  search,
  type IMatches,
  type IQuery
} from '../../src/filter/matches';
import {
  FilterRows,
  firstVisibleRow,
  listHeight,
  rowCodes,
  scrollTopFor,
  type Row
} from '../../src/filter/rows';
import { drawn, times } from './randomcases';
import { QUESTION } from './query';

const GAP: Row = { kind: 'gap' };

function stdout(text: string): ILines {
  return splitLines([{ stream: 'stdout', text }]);
}

function texts(lines: ILines): string[] {
  return Array.from({ length: lineCount(lines) }, (_, place) => lineAt(lines, place));
}

function matches(lines: ILines, question: Partial<IQuery>): IMatches {
  const steps = search(lines, { ...QUESTION, ...question });
  for (;;) {
    const step = steps.next();
    if (step.done === true) {
      return step.value;
    }
  }
}

function found(lines: ILines, question: Partial<IQuery>): string[] {
  return [...matches(lines, question).lines].map(place => lineAt(lines, place));
}

describe('lines', () => {
  it('read as on a terminal, and know their streams', () => {
    const lines = splitLines([
      { stream: 'stdout', text: '\u001b[31mred\u001b[0m\n\n10 %\r20 %' },
      { stream: 'stderr', text: 'oh no\r\n' },
      { stream: 'stdout', text: 'end' }
    ]);
    expect(texts(lines)).toEqual(['red', '', '20 %', 'oh no', 'end']);
    expect([...lines.isError]).toEqual([0, 0, 0, 1, 0]);
  });

  it('are none without text', () => {
    expect(texts(splitLines([]))).toEqual([]);
    expect(texts(stdout(''))).toEqual([]);
    expect(texts(stdout('\n'))).toEqual(['']);
  });

  it('are those of all texts, one after the other', () => {
    times(300, draw => {
      const pieces = draw.many(4, (): ITextPiece => ({
        stream: draw.one(['stdout', 'stderr']),
        text: draw.text('ab\n', 12)
      }));
      const expected = pieces.flatMap(({ stream, text }) =>
        text === ''
          ? []
          : text
              .replace(/\n$/, '')
              .split('\n')
              .map(line => `${stream} ${line}`)
      );
      const lines = splitLines(pieces);
      const streams = [...lines.isError].map(isError => (isError === 1 ? 'stderr' : 'stdout'));
      expect(texts(lines).map((line, place) => `${streams[place] ?? ''} ${line}`)).toEqual(
        expected
      );
    });
  });

  it('of a cell are in order, and lines split over outputs are joined', () => {
    const outputs = [
      { output_type: 'display_data' },
      { output_type: 'stream', name: 'stdout', text: 'on' },
      { output_type: 'stream', name: 'stdout', text: ['e\n', 'two\n'] },
      { output_type: 'stream', name: 'stderr', text: 'oh\n' },
      { output_type: 'stream', name: 'stdout', text: 'three\n' }
    ];
    expect(shownPieces(outputs, ['stdout', 'stderr'])).toEqual([
      { stream: 'stdout', text: 'one\ntwo\n' },
      { stream: 'stderr', text: 'oh\n' },
      { stream: 'stdout', text: 'three\n' }
    ]);
    expect(shownPieces(outputs, ['stderr'])).toEqual([{ stream: 'stderr', text: 'oh\n' }]);
  });
});

describe('a query', () => {
  const lines = stdout('Apple\nbanana\ncherry (a.c)\nabc\n\n');

  it.each<[Partial<IQuery>, string[]]>([
    [{ text: 'a' }, ['banana', 'cherry (a.c)', 'abc']],
    [{ text: 'A', isCaseMatched: false }, ['Apple', 'banana', 'cherry (a.c)', 'abc']],
    [{ text: 'a.c' }, ['cherry (a.c)']],
    [{ text: '(a' }, ['cherry (a.c)']],
    [{ text: 'a.c', isRegExp: true }, ['cherry (a.c)', 'abc']],
    [{ text: '^$', isRegExp: true }, ['']],
    [{ text: 'a', isInverted: true }, ['Apple', '']],
    [{ text: 'x*', isRegExp: true }, ['Apple', 'banana', 'cherry (a.c)', 'abc', '']],
    [{ text: '' }, []]
  ])('%j matches %j', (question, expected) => {
    expect(found(lines, question)).toEqual(expected);
  });

  it('of plain text matches the lines that contain it', () => {
    times(300, draw => {
      const written = draw.many(8, () => draw.text('aB.*\\-(é😀', 8));
      const text = draw.text('aB.*\\-(é😀', 3) || 'a';
      const question = { text, isInverted: draw.one([true, false]) };
      const all = stdout(written.map(line => `${line}\n`).join(''));
      const expected = written.filter(line => line.includes(text) !== question.isInverted);
      expect(found(all, question)).toEqual(expected);
    });
  });

  it('marks its matches in a line', () => {
    const answer = matches(lines, { text: 'an', isRegExp: true });
    expect(matchMarks(answer, 0)).toEqual([[1, 3], [3, 5]]); // prettier-ignore
    expect(matchMarks(matches(lines, { text: 'a*', isRegExp: true }), 1)).toEqual([
      [1, 2],
      [3, 4],
      [5, 6]
    ]);
    expect(matchMarks(matches(lines, { text: 'a', isInverted: true }), 0)).toEqual([]);
  });

  it('marks a limited number of matches in a line', () => {
    const answer = matches(stdout(`${'a'.repeat(5_000)}\nb a\n`), {});
    expect(matchMarks(answer, 0)).toHaveLength(100);
    expect(matchMarks(answer, 1)).toEqual([[2, 3]]);
  });

  it('may be an expression that is valid only without the flag u', () => {
    expect(found(stdout('a-b\n{\n'), { text: '\\-|{', isRegExp: true })).toEqual(['a-b', '{']);
    expect(found(stdout('😀\n'), { text: '^.$', isRegExp: true })).toEqual(['😀']);
  });

  it('reports what is wrong with an expression', () => {
    const wrong = (): RegExp => compileQuery({ ...QUESTION, text: '(a: ', isRegExp: true });
    expect(wrong).toThrow(ExpressionError);
    expect(wrong).toThrow(/^Unterminated group$/);
  });

  it('finds the same lines with more context', () => {
    expect(hasSameMatches(QUESTION, { ...QUESTION, context: 3, isOnlyMatching: false })).toBe(true);
    expect(hasSameMatches(QUESTION, { ...QUESTION, isInverted: true })).toBe(false);
  });
});

describe('rows', () => {
  const lines = stdout('a\nb\nc\na\nd\ne\nf\ng\na\n');
  const rows = (question: Partial<IQuery>): FilterRows => {
    const whole = { ...QUESTION, ...question };
    return new FilterRows(lines, matches(lines, whole), whole);
  };
  const shown = (of: FilterRows): (number | string)[] =>
    Array.from({ length: of.count }, (_, place) => {
      const row = of.at(place);
      return row.kind === 'gap' ? '--' : row.line;
    });

  it('are the matching lines', () => {
    expect(shown(rows({}))).toEqual([0, 3, 8]);
  });

  it('include context lines and gaps', () => {
    expect(shown(rows({ context: 1 }))).toEqual([0, 1, 2, 3, 4, '--', 7, 8]);
    expect(shown(rows({ context: 9 }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(rows({ context: 1 }).at(5)).toEqual(GAP);
    expect(rows({ context: 1 }).at(6)).toEqual({ kind: 'line', line: 7, match: null });
    expect(rows({ context: 1 }).at(7)).toEqual({ kind: 'line', line: 8, match: 2 });
  });

  it('are all lines if none is left out', () => {
    expect(rows({ isOnlyMatching: false }).count).toBe(9);
    expect(rows({ isOnlyMatching: false }).at(3)).toEqual({ kind: 'line', line: 3, match: 1 });
    expect(rows({ text: '' }).count).toBe(9);
  });

  it('find a match, and the next one', () => {
    for (const question of [{}, { context: 1 }, { isOnlyMatching: false }]) {
      const some = rows(question);
      for (const match of [0, 1, 2]) {
        const place = some.indexOf(match);
        expect(some.at(place)).toMatchObject({ match });
        expect(some.matchFrom(place)).toBe(match);
      }
    }
    expect(rows({ context: 1 }).matchFrom(5)).toBe(2);
    expect(rows({ isOnlyMatching: false }).matchFrom(4)).toBe(2);
    expect(rows({ text: 'b', isOnlyMatching: false }).matchFrom(4)).toBe(0);
  });

  it('are near a match, without repetition, and gaps stand for missing lines', () => {
    times(300, draw => {
      const count = draw.number(30);
      const context = draw.number(4);
      const places = draw.many(6, () => draw.number(count)).filter(place => place < count);
      const some = Uint32Array.from([...new Set(places)].sort((one, other) => one - other));
      const codes = [...rowCodes(some, count, context)];
      const wanted = Array.from({ length: count }, (_, line) => line).filter(line =>
        some.some(match => Math.abs(match - line) <= context)
      );
      expect(codes.filter(code => code % 2 === 0).map(code => code / 2)).toEqual(wanted);
      const missing = wanted.filter((line, place) => place > 0 && line - 1 !== wanted[place - 1]);
      expect(codes.filter(code => code % 2 === 1)).toHaveLength(context > 0 ? missing.length : 0);
      expect([...codes].sort((one, other) => one - other)).toEqual(codes);
    });
  });
});

describe('a list that is taller than a browser can scroll', () => {
  it('is as tall as its rows up to a limit', () => {
    expect(listHeight(1_000, 17)).toBe(17_000);
    expect(firstVisibleRow({ top: 170, height: 400, rowHeight: 17 }, 1_000)).toBe(10);
    expect(scrollTopFor(10, { height: 400, rowHeight: 17 }, 1_000)).toBe(170);
    expect(firstVisibleRow({ top: 0, height: 400, rowHeight: 17 }, 3)).toBe(0);
    expect(scrollTopFor(2, { height: 400, rowHeight: 17 }, 3)).toBe(0);
  });

  it('can show its first and its last row', () => {
    const view = { height: 400, rowHeight: 17 };
    const count = 20_000_000;
    const last = listHeight(count, 17) - 400;
    expect(listHeight(count, 17)).toBeLessThan(10_000_000);
    expect(firstVisibleRow({ ...view, top: 0 }, count)).toBe(0);
    expect(firstVisibleRow({ ...view, top: last }, count) + 400 / 17).toBeCloseTo(count);
    expect(scrollTopFor(count, view, count)).toBe(last);
  });

  it('scrolls to any row', () => {
    times(200, () => {
      const draw = drawn();
      const view = { height: 100 + draw.number(500), rowHeight: 10 + draw.number(20) };
      const count = 1 + draw.number(30_000_000);
      const row = draw.number(count);
      const first = firstVisibleRow({ ...view, top: scrollTopFor(row, view, count) }, count);
      expect(first).toBeLessThan(row + 60);
      expect(first + view.height / view.rowHeight).toBeGreaterThan(Math.min(row, count - 1) - 60);
    });
  });
});
