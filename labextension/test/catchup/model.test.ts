import { describe, expect, it } from 'vitest';

import {
  mergeOutputs,
  missingCount,
  diffOutputs,
  mergeStreams,
  outputRecord,
  type Output
} from '../../src/catchup/model';
import { MIME_TYPE } from '../../src/core/record';

const SESSION = '3f9a2c41b07e';
const BLOCK = { session: SESSION, number: 7 };

function header(fields: Record<string, unknown> = {}, bytes = 0): Output {
  const record = {
    number: 7,
    status: 'running',
    cwd: { before: '/' },
    volatile: { session: SESSION, started: '2024-05-17T14:02:11+00:00' },
    stdout: { size_bytes: bytes },
    ...fields
  };
  return { output_type: 'display_data', data: { [MIME_TYPE]: record }, metadata: {} };
}

function text(value: string | string[], name = 'stdout'): Output {
  return { output_type: 'stream', name, text: value };
}

const picture: Output = { output_type: 'display_data', data: { 'image/png': 'abc' }, metadata: {} };
const error: Output = { output_type: 'error', ename: 'Failed', evalue: '1', traceback: [] };
const ended = { status: 'success' };

describe('output that a cell lacks', () => {
  it('is everything if the cell is empty', () => {
    const kept = [header(ended), text('one\n')];
    expect(mergeOutputs([], kept, BLOCK)).toEqual(kept);
  });

  it.each([
    ['its end', [text('one\ntw')], [text('one\ntwo\n')]],
    ['its middle', [text('one\nthree\n')], [text('one\ntwo\nthree\n')]],
    ['a picture', [text('one\n')], [text('one\n'), picture]],
    ['its error', [], [error]],
    ['the other stream', [text('one\n')], [text('bad\n', 'stderr'), text('one\n')]]
  ])('is added: %s', (_, shown, kept) => {
    const all = [header(ended), ...kept];
    expect(mergeOutputs([header(), ...shown], all, BLOCK)).toEqual(all);
    expect(mergeOutputs(all, [header(ended), ...shown], BLOCK)).toBeNull();
  });

  it('is nothing if the outputs are the same but split differently', () => {
    const shown = [header(ended), text(['one\n', 'two\n'])];
    expect(mergeOutputs(shown, [header(ended), text('one\n'), text('two\n')], BLOCK)).toBeNull();
  });

  it('is only the end of its block', () => {
    const kept = [header(ended), text('one\n')];
    expect(mergeOutputs([header(), text('one\n')], kept, BLOCK)).toEqual(kept);
  });
});

describe('the output of a cell', () => {
  it('stays if the store has less', () => {
    const shown = [header({}, 8), text('one\ntwo\n')];
    expect(mergeOutputs(shown, [header({}, 4), text('one\n')], BLOCK)).toBeNull();
    expect(
      mergeOutputs([header(ended), text('one\n')], [header(), text('one\n')], BLOCK)
    ).toBeNull();
  });

  it('stays if it differs and it is not known which is newer', () => {
    const shown = [header(ended), text('secret\n')];
    expect(mergeOutputs(shown, [header(ended), text('[redacted]\n')], BLOCK)).toBeNull();
  });

  it('stays if the store has no record of the block', () => {
    const shown = [header(), text('one\n')];
    expect(mergeOutputs(shown, [], BLOCK)).toBeNull();
    expect(mergeOutputs(shown, [text('one\ntwo\n')], BLOCK)).toBeNull();
    expect(mergeOutputs(shown, [header({ number: 8 }), text('one\ntwo\n')], BLOCK)).toBeNull();
  });

  it('stays if it is of no block, of a later one, or of a live session', () => {
    const kept = [header(ended), text('one\n')];
    const started = '2024-05-18T00:00:00+00:00';
    expect(mergeOutputs([text('by hand\n')], kept, BLOCK)).toBeNull();
    expect(mergeOutputs([header({ number: 8 })], kept, BLOCK)).toBeNull();
    expect(mergeOutputs([header({ volatile: { session: 'b', started } })], kept, BLOCK)).toBeNull();
    expect(mergeOutputs([header({ volatile: { session: 'b' } })], kept, BLOCK)).toBeNull();
  });

  it('is replaced by a later state that overwrites it', () => {
    const kept = [header({}, 20), text('step 2')];
    expect(mergeOutputs([header({}, 10), text('step 1')], kept, BLOCK)).toEqual(kept);
    const over = [header(ended, 20), text('step 9')];
    expect(mergeOutputs([header(ended, 20), text('step 1')], over, BLOCK)).toBeNull();
    expect(mergeOutputs([header(ended, 20), text('step 1')], over, BLOCK, true)).toEqual(over);
  });

  it('is replaced by a later run of the cell', () => {
    const kept = [header(ended), text('new\n')];
    const started = '2024-05-01T00:00:00+00:00';
    expect(mergeOutputs([header({ number: 3 }), text('old\n')], kept, BLOCK)).toEqual(kept);
    expect(mergeOutputs([header({ volatile: { session: 'b', started } })], kept, BLOCK)).toEqual(
      kept
    );
  });

  it('keeps earlier attempts', () => {
    const first = [header({ number: 6, status: 'failed' }), text('no\n')];
    const kept = [header({ ...ended, part: 2 }), text('yes\n')];
    expect(mergeOutputs(first, kept, BLOCK)).toEqual([...first, ...kept]);
    expect(mergeOutputs([...first, header({ part: 2 })], kept, BLOCK)).toEqual([...first, ...kept]);
  });
});

describe('a diff of outputs', () => {
  it('adds text to the last one, and outputs after it', () => {
    const before = [header(), text('one\n')];
    const next = [header(ended), text('one\ntwo\n'), picture];
    const change = diffOutputs(before, next);
    expect(change?.add).toEqual([text('two\n'), picture]);
    expect([...(change?.set ?? [])]).toEqual([[0, header(ended)]]);
  });

  it.each([
    ['another text', [text('one')], [text('two')]],
    ['what moves the cursor', [text('one')], [text('one\rtwo')]],
    ['a text that is not the last', [text('a'), picture], [text('ab'), picture]],
    ['fewer outputs', [text('a'), picture], [text('a')]],
    ['another stream', [text('a')], [text('ab', 'stderr')]]
  ])('does not exist: %s', (_, before, next) => {
    expect(diffOutputs(before, next)).toBeNull();
  });
});

it.each([
  ['of a block that is over', header(ended), null, 9],
  ['that is there', header(ended), 9, null],
  ['of a block that runs', header(), null, null],
  ['of another block', header({ ...ended, number: 6 }), 3, null],
  ['of another session', header({ ...ended, volatile: { session: 'b' } }), 3, null]
])('comes with an execution count: %s', (_, shown, count, expected) => {
  expect(missingCount(count, outputRecord(shown), BLOCK, 9)).toBe(expected);
});

it('comes without an execution count if the cell shows no block', () => {
  expect(missingCount(null, null, BLOCK, 9)).toBeNull();
});

it('merges only adjacent outputs of one stream', () => {
  const outputs = [text('a'), text('b'), text('c', 'stderr'), picture, text(['d', 'e'])];
  expect(mergeStreams(outputs)).toEqual([text('ab'), text('c', 'stderr'), picture, text('de')]);
});
