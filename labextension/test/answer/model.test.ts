import { describe, expect, it } from 'vitest';

import { InputBoxTracker, echoAnswer, requestedQuestion } from '../../src/answer/model';
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

  it('is identified by the metadata of its request', () => {
    expect(requestedQuestion({ effecttalk: { question: 3 } })).toBe(3);
    expect([{}, { effecttalk: {} }, null].map(requestedQuestion)).toEqual([null, null, null]);
  });
});

it('is echoed with the answer, except for passwords', () => {
  expect(echoAnswer(question(1), 'bob')).toBe('name?  bob\n');
  expect(echoAnswer(question(1, { isPassword: true }), 's3cret')).not.toContain('s3cret');
});

describe("JupyterLab's box", () => {
  it('stays while its question is open, and is removed after the answer', () => {
    const boxes = new InputBoxTracker();
    boxes.onRequest(1);
    boxes.setQuestion(question(1));
    expect([boxes.countAnswered('a', 1), boxes.isNewestOpen]).toEqual([0, true]);
    boxes.setQuestion(null);
    expect([boxes.countAnswered('a', 1), boxes.isNewestOpen]).toEqual([1, false]);
  });

  it('stays if the end of the previous question arrives after its request', () => {
    const boxes = new InputBoxTracker();
    boxes.onRequest(1);
    boxes.setQuestion(question(1));
    boxes.onRequest(2);
    boxes.setQuestion(null);
    expect(boxes.countAnswered('a', 2)).toBe(1);
    boxes.setQuestion(question(2));
    expect(boxes.countAnswered('a', 2)).toBe(1);
    boxes.setQuestion(null);
    expect(boxes.countAnswered('a', 1)).toBe(1);
  });

  it('is removed if its request arrives after the end', () => {
    const boxes = new InputBoxTracker();
    boxes.setQuestion(question(1));
    boxes.setQuestion(null);
    boxes.onRequest(1);
    expect(boxes.countAnswered('a', 1)).toBe(1);
  });

  it('is removed from a cell when another one asks', () => {
    const boxes = new InputBoxTracker();
    boxes.onRequest(1);
    boxes.setQuestion(question(1));
    boxes.onRequest(2);
    boxes.setQuestion(question(2, { cell: 'b' }));
    expect([boxes.countAnswered('a', 1), boxes.countAnswered('b', 1)]).toEqual([1, 0]);
  });

  it('is removed when another page has been asked since', () => {
    const boxes = new InputBoxTracker();
    boxes.onRequest(1);
    boxes.setQuestion(question(2));
    expect(boxes.countAnswered('a', 1)).toBe(1);
  });

  it('stays if the kernel does not number its questions', () => {
    const boxes = new InputBoxTracker();
    boxes.onRequest(null);
    boxes.setQuestion(null);
    expect(boxes.countAnswered('a', 1)).toBe(0);
  });

  it('is numbered from the start after a kernel change', () => {
    const boxes = new InputBoxTracker();
    boxes.onRequest(5);
    boxes.setQuestion(question(5));
    boxes.reset();
    expect(boxes.countAnswered('a', 1)).toBe(1);
    boxes.onRequest(1);
    expect(boxes.countAnswered('a', 1)).toBe(0);
  });
});
