import { describe, expect, it } from 'vitest';

import { createOutputPage, splitText } from '../../src/actions/outputpage';

const numbers = (count: number): string =>
  Array.from({ length: count }, (_, number) => `${number}\n`).join('');

describe('an output page', () => {
  it('has all lines in chunks', () => {
    expect(splitText(numbers(1001)).map(piece => piece.length)).toEqual([500, 500, 1]);
    expect(splitText(numbers(1001)).flat().at(-1)).toBe('1000');
    expect(splitText('')).toEqual([['']]);
    expect(splitText('one\n\n')).toEqual([['one', '']]);
  });

  it('can be scrolled with the keyboard, and shows notes', () => {
    const page = createOutputPage([
      { title: 'Standard output', note: 'The first part.', text: numbers(501) },
      { title: '', note: '', text: '<b>' }
    ]);
    expect(page.tabIndex).toBe(0);
    expect([...page.children].map(child => child.tagName)).toEqual([
      'H2',
      'P',
      'PRE',
      'PRE',
      'PRE'
    ]);
    expect(page.lastElementChild?.textContent).toBe('<b>');
  });
});
