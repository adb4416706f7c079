// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import {
  MIME_TYPE,
  readRecord,
  recordIn,
  RecordError,
  STATUSES,
  VERSION
} from '../../src/core/record';
import { written } from '../records';

interface ISchema {
  properties: Record<string, { const?: unknown }>;
  $defs: Record<string, { enum?: string[]; properties?: Record<string, unknown> }>;
  required: string[];
}

// The schema of what the kernel writes.
const schema = JSON.parse(
  readFileSync(new URL('../../../docs/record.schema.json', import.meta.url), 'utf8')
) as ISchema;
const NOT_SHOWN = ['mime', 'pipestatus', 'input', 'tty', 'merged'];

describe('a record', () => {
  it('has the version, the statuses and the required fields of the schema', () => {
    expect(schema.properties['version']?.const).toBe(VERSION);
    expect([...STATUSES].sort()).toEqual(schema.$defs['Status']?.enum?.sort());
    for (const name of schema.required) {
      expect(() => readRecord(written({ [name]: undefined }))).toThrow(RecordError);
    }
  });

  it('is read field by field, and new fields of the schema have to be added here', () => {
    const source = readFileSync(new URL('../../src/core/record.ts', import.meta.url), 'utf8');
    const missing = Object.keys(schema.properties).filter(name => !source.includes(`'${name}'`));
    expect(missing.sort()).toEqual(NOT_SHOWN.sort());
  });

  it('is read as the kernel writes it', () => {
    const record = readRecord(
      written({
        status: 'failed',
        exit_status: 137,
        signal: 'SIGKILL',
        part: 2,
        redacted: { token: 2 }
      })
    );
    expect(record).toMatchObject({
      number: 3,
      status: 'failed',
      exitStatus: 137,
      signal: 'SIGKILL',
      cwdBefore: '/home/ann/project',
      cwdAfter: null,
      part: 2,
      redacted: { token: 2 },
      session: '3f9a2c41b07e',
      durationSeconds: 0.34
    });
    expect(record.started?.toISOString()).toBe('2024-05-17T14:02:11.250Z');
  });

  it('may lack its volatile fields', () => {
    expect(readRecord(written({ volatile: undefined }))).toMatchObject({
      session: null,
      started: null,
      durationSeconds: null
    });
  });

  it('of a newer version is refused', () => {
    expect(() => readRecord(written({ version: 2 }))).toThrow(
      expect.objectContaining({ version: 2 }) as Error
    );
  });

  it.each([
    ['no object', 'text'],
    ['nothing', null],
    ['a list', []],
    ['an unknown status', written({ status: 'flying' })],
    ['a number that is a text', written({ number: '3' })],
    ['a number that is a part', written({ number: 1.5 })],
    ['a session that is a command', written({ volatile: { session: 'x; touch F #' } })],
    ['a session that is a path', written({ volatile: { session: '../../api/contents' } })],
    ['a session that is empty', written({ volatile: { session: '' } })],
    ['an original that is no block', written({ volatile: { original: '3f9a;id-1' } })],
    ['a time that is none', written({ volatile: { started: 'soon' } })],
    ['signals that are no texts', written({ signals_sent: [9] })],
    ['counts that are no numbers', written({ redacted: { token: 'x' } })],
    ['a flag that is a text', written({ fallback: 'no' })]
  ])('that is %s is refused', (_, data) => {
    expect(() => readRecord(data)).toThrow(RecordError);
  });
});

describe('the data of an output', () => {
  it('may have a record', () => {
    expect(recordIn({ [MIME_TYPE]: written() })?.number).toBe(3);
  });

  it.each([[{ 'text/plain': 'x' }], [{ [MIME_TYPE]: written({ version: 2 }) }], [undefined]])(
    'may have none, or one that cannot be read',
    data => {
      expect(recordIn(data)).toBeNull();
    }
  );
});
