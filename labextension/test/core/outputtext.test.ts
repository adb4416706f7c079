import { describe, expect, it } from 'vitest';

import { blockMarkdown } from '../../src/actions/markdown';
import { plainText, streamText, type IOutput } from '../../src/core/outputtext';
import { ENGLISH } from '../english';
import { record } from '../records';

const OUTPUTS: readonly IOutput[] = [
  { output_type: 'display_data' },
  { output_type: 'stream', name: 'stdout', text: 'one\n' },
  { output_type: 'stream', name: 'stderr', text: ['oh ', 'no\n'] },
  { output_type: 'stream', name: 'stdout', text: 'two\n' },
  { output_type: 'error' }
];

describe('the text of outputs', () => {
  it('is that of both streams in order, or of one', () => {
    expect(streamText(OUTPUTS)).toBe('one\noh no\ntwo\n');
    expect(streamText(OUTPUTS, ['stdout'])).toBe('one\ntwo\n');
    expect(streamText(OUTPUTS, ['stderr'])).toBe('oh no\n');
  });
});

describe('plain text', () => {
  it.each([
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u001b]8;;http://a.example\u001b\\link\u001b]8;;\u0007', 'link'],
    ['\u001b(Bplain\u001b7', 'plain'],
    ['10 %\r100 %\rdone\n', 'done%\n'],
    ['one\r\ntwo\r\r\n', 'one\ntwo\n'],
    ['left alone: [31m, 100 %', 'left alone: [31m, 100 %']
  ])('of %j is %j', (text, expected) => {
    expect(plainText(text)).toBe(expected);
  });
});

describe('Markdown', () => {
  it('has status, command and output', () => {
    const failed = record({ status: 'failed', exit_status: 2 });
    const quoted = { command: 'ls x\n', output: 'no x\n', language: 'bash', record: failed };
    expect(blockMarkdown(quoted, ENGLISH)).toBe(
      '**Block 3: failed: exit status 2** · 340 ms · `~/project`\n\n' +
        '```bash\nls x\n```\n\n```\nno x\n```\n'
    );
  });

  it('has fences that the text cannot close', () => {
    const quoted = { command: 'cat', output: '```\n````\n', language: 'bash', record: null };
    expect(blockMarkdown(quoted, ENGLISH)).toBe('```bash\ncat\n```\n\n`````\n```\n````\n`````\n');
  });

  it('has no fence for an empty output', () => {
    const quoted = { command: 'true', output: '', language: '', record: null };
    expect(blockMarkdown(quoted, ENGLISH)).toBe('```\ntrue\n```\n');
  });
});
