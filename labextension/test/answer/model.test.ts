import { describe, expect, it } from 'vitest';

import { AnswerHistory, asksConsent, endsWithPrompt, promptLabel } from '../../src/answer/model';
import { readQuestion, type IQuestion } from '../../src/core/kernel/question';

function question(number: number, fields: Partial<IQuestion> = {}): IQuestion {
  return { number, prompt: 'name? ', isPassword: false, block: 7, cell: 'a', ...fields };
}

describe('a question', () => {
  it('is read with all of its fields', () => {
    const told = { number: 3, prompt: 'secret: ', password: true, block: 7, cell: 'a' };
    expect(readQuestion(told)).toEqual(question(3, { prompt: 'secret: ', isPassword: true }));
  });

  it('may have neither a block nor a cell', () => {
    const told = { number: 3, prompt: 'name? ', password: false };
    expect(readQuestion(told)).toEqual(question(3, { block: null, cell: null }));
  });

  it.each([[null], [undefined], ['?'], [{ number: 3 }], [{ prompt: '?' }]])('is null: %j', data => {
    expect(readQuestion(data)).toBeNull();
  });
});

describe('the label of a question', () => {
  it('is the prompt', () => {
    expect(promptLabel(question(1))).toBe('name?');
  });

  it('leaves out how to give consent, for which there are buttons', () => {
    const consent = question(1, { block: null, prompt: 'Delete it? [y/N] ' });
    expect([asksConsent(consent), promptLabel(consent)]).toEqual([true, 'Delete it?']);
    expect(promptLabel({ ...consent, block: 7 })).toBe('Delete it? [y/N]');
  });
});

it.each([
  ['name? ', true],
  ['first\nname?', true],
  ['old name? ', true],
  ['name? \n', false],
  ['name? bob', false],
  ['', false]
])('an output ends with the prompt, or does not: %j', (text, ends) => {
  expect(endsWithPrompt(text, question(1))).toBe(ends);
  expect(endsWithPrompt(text, question(1, { prompt: '  ' }))).toBe(false);
});

describe('the history of answers', () => {
  it('goes from the newest to the oldest and back to what was typed', () => {
    const history = new AnswerHistory();
    ['a', 'b', 'b', ''].forEach(answer => {
      history.add(answer);
    });
    expect([history.previous('x'), history.previous('b'), history.previous('a')]).toEqual([
      'b',
      'a',
      'a'
    ]);
    expect([history.next('a'), history.next('b'), history.next('x')]).toEqual(['b', 'x', 'x']);
  });

  it('is empty at first, and begins again with each question', () => {
    const history = new AnswerHistory();
    expect([history.previous('x'), history.next('x')]).toEqual(['x', 'x']);
    history.add('a');
    history.add('b');
    history.previous('');
    history.previous('');
    history.reset();
    expect(history.previous('')).toBe('b');
  });
});
