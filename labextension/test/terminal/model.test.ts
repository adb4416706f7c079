import { describe, expect, it } from 'vitest';

import { clipboardText, keyTarget, readTerminalMessage, type IKey } from '../../src/terminal/model';

const press = (key: string, held: Partial<IKey> = {}): IKey => ({
  type: 'keydown',
  key,
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  metaKey: false,
  ...held
});

describe('a message about a terminal', () => {
  it('reports its start and its end', () => {
    expect(readTerminalMessage({ event: 'started', block: 3, cell: 'a' })).toEqual({
      event: 'started',
      block: 3,
      cell: 'a'
    });
    expect(readTerminalMessage({ event: 'started', block: 3 })).toMatchObject({ cell: null });
    expect(readTerminalMessage({ event: 'ended', block: 3 })).toEqual({ event: 'ended', block: 3 });
  });

  it('contains bytes, and whether they are repeated', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, place) => place);
    const output = btoa(String.fromCharCode(...bytes));
    expect(readTerminalMessage({ output })).toEqual({ event: 'output', bytes, isReplay: false });
    expect(readTerminalMessage({ output, again: true })).toMatchObject({ isReplay: true });
    expect(readTerminalMessage({ output: '' })).toMatchObject({ bytes: new Uint8Array() });
  });

  it('is null if it is unknown', () => {
    const others = [{}, { status: 'ok' }, { event: 'other', block: 3 }, { event: 'started' }];
    for (const data of [...others, { output: 7 }, { output: '%' }]) {
      expect(readTerminalMessage(data)).toBeNull();
    }
  });
});

describe('a key on the terminal', () => {
  it('is for the program', () => {
    const keys = [press('Enter'), press('Tab'), press('Escape'), press('Tab', { shiftKey: true })];
    const held = ['c', 'v', 'd', 'Enter'].map(key => press(key, { ctrlKey: true }));
    for (const key of [...keys, ...held, press('Enter', { shiftKey: true })]) {
      expect(keyTarget(key, false)).toBe('program');
    }
  });

  it('leaves it with Ctrl+Shift+Enter', () => {
    expect(keyTarget(press('Enter', { ctrlKey: true, shiftKey: true }), false)).toBe('leave');
    const held = { ctrlKey: true, shiftKey: true, altKey: true };
    expect(keyTarget(press('Enter', held), false)).toBe('program');
  });

  it('is for the browser if it is about the clipboard', () => {
    expect(keyTarget(press('c', { ctrlKey: true }), true)).toBe('browser');
    expect(keyTarget(press('V', { ctrlKey: true, shiftKey: true }), false)).toBe('browser');
    expect(keyTarget(press('v', { metaKey: true }), false)).toBe('program');
  });
});

describe('the text for the clipboard', () => {
  it('is what a program has copied', () => {
    expect(clipboardText('c;Y29waWVk')).toBe('copied');
    expect(clipboardText(';w6nDqQ==')).toBe('éé');
    expect(clipboardText('pc;Y29waWVk')).toBe('copied');
  });

  it('is null for another selection, a question, and what is not base64', () => {
    for (const data of ['p;Y29waWVk', 'c;?', 'c;', 'c', '', 'c;%%%']) {
      expect(clipboardText(data)).toBeNull();
    }
  });
});
