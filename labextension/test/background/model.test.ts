import { describe, expect, it } from 'vitest';

import { lastLines } from '../../src/background/model';
import type { IOutput } from '../../src/core/outputtext';

const stream = (text: string, name = 'stdout'): IOutput => ({ output_type: 'stream', name, text });
const numbers = (count: number): string =>
  [...Array(count).keys()].map(number => `${number + 1}\n`).join('');

describe('the last lines', () => {
  it('are those of both streams', () => {
    const found = lastLines(
      [stream('four\n', 'stderr'), stream('two\nthree\n'), stream('one\n')],
      3
    );
    expect(found).toBe('two\nthree\nfour');
  });

  it('are all lines if there are fewer', () => {
    expect(lastLines([stream('one\ntwo')], 20)).toBe('one\ntwo');
    expect(lastLines([], 20)).toBe('');
  });

  it('have no colours, and show overwritten lines as they ended up', () => {
    expect(lastLines([stream('\u001b[31mred\u001b[0m\r\n10 %\r20 %')], 20)).toBe('red\n20 %');
  });

  it('do not contain outputs without text', () => {
    expect(lastLines([{ output_type: 'display_data' }, stream('one')], 20)).toBe('one');
  });

  it('read no more outputs than necessary', () => {
    let read = 0;
    const outputs = function* (): Generator<IOutput> {
      for (;;) {
        read += 1;
        yield stream(numbers(10));
      }
    };
    expect(lastLines(outputs(), 20).split('\n')).toHaveLength(20);
    expect(read).toBeLessThan(4);
  });

  it('of an incomplete line are its end', () => {
    const found = lastLines([stream(`${'x'.repeat(100_000)}the end`)], 20);
    expect(found.length).toBeLessThan(30_000);
    expect(found.endsWith('the end')).toBe(true);
  });

  it('of a long output start with a complete line', () => {
    const found = lastLines([stream(`${'y'.repeat(30_000)}\n${'x'.repeat(15_000)}\nend`)], 20);
    expect(found).toBe(`${'x'.repeat(15_000)}\nend`);
  });
});
