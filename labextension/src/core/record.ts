/**
 * The record of a block, as it is saved in a notebook; docs/record.schema.json describes the
 * fields.
 */

import { isBlockId, isBlockNumber, isSessionId } from './identity';

export const MIME_TYPE = 'application/vnd.effecttalk.block+json';
/** The newest version of a record that this extension can read. */
export const VERSION = 1;

export const STATUSES = [
  'running',
  'success',
  'failed',
  'interrupted',
  'timed_out',
  'background',
  'shell_lost',
  'refused'
] as const;
/** The state of a block, or its outcome. */
export type Status = (typeof STATUSES)[number];

/** How much was written to an output stream. */
export interface IStreamFacts {
  readonly sizeBytes: number;
  readonly lines: number;
  readonly leftOutBytes: number;
}

/** A block of an EffectTalk session. */
export interface IRecord {
  readonly number: number;
  readonly status: Status;
  readonly exitStatus: number | null;
  readonly signal: string | null;
  readonly command: string | null;
  readonly line: number | null;
  readonly problem: string | null;
  readonly cwdBefore: string;
  readonly cwdAfter: string | null;
  readonly stdout: IStreamFacts;
  readonly stderr: IStreamFacts;
  readonly name: string | null;
  readonly part: number;
  readonly isFallback: boolean;
  readonly isCached: boolean;
  /** The block whose output a cached block shows. */
  readonly original: string | null;
  readonly isShellNew: boolean;
  readonly hasWriters: boolean;
  readonly redacted: Readonly<Record<string, number>>;
  readonly signalsSent: readonly string[];
  readonly spillProblem: string | null;
  /** ID of the session; null if the record was saved without volatile fields. */
  readonly session: string | null;
  readonly started: Date | null;
  readonly durationSeconds: number | null;
}

/** The record cannot be read. */
export class RecordError extends Error {
  /** *version* is that of a record from a newer EffectTalk. */
  constructor(
    message: string,
    readonly version: number | null = null
  ) {
    super(message);
  }
}

/**
 * Read the record of a block.
 *
 * Unknown fields are ignored. Raises RecordError.
 */
export function readRecord(data: unknown): IRecord {
  const record = new Fields(data, 'the record');
  const version = record.number('version') ?? VERSION;
  if (version > VERSION) {
    throw new RecordError(`version ${version} of a record is newer than ${VERSION}`, version);
  }
  const cwd = record.fields('cwd');
  const volatile = record.fields('volatile');
  const spill = record.fields('spill');
  return {
    number: required(record.value('number', 'the number of a block', isBlockNumber), 'number'),
    status: status(record.text('status')),
    exitStatus: record.number('exit_status'),
    signal: record.text('signal'),
    command: record.text('command'),
    line: record.number('line'),
    problem: record.text('problem'),
    cwdBefore: required(cwd.text('before'), 'cwd.before'),
    cwdAfter: cwd.text('after'),
    stdout: streamFacts(record.fields('stdout')),
    stderr: streamFacts(record.fields('stderr')),
    name: record.text('name'),
    part: record.number('part') ?? 1,
    isFallback: record.flag('fallback'),
    isCached: record.flag('cached'),
    original: volatile.value('original', 'the ID of a block', isBlockId),
    isShellNew: (record.text('shell') ?? 'kept') !== 'kept',
    hasWriters: record.flag('background'),
    redacted: record.fields('redacted').counts(),
    signalsSent: record.texts('signals_sent'),
    spillProblem: spill.text('problem'),
    session: volatile.value('session', 'the ID of a session', isSessionId),
    started: volatile.moment('started'),
    durationSeconds: volatile.number('duration_seconds')
  };
}

/** Return the record in the data of an output; null if there is none, or if it cannot be read. */
export function recordIn(data: unknown): IRecord | null {
  if (!isObject(data) || !(MIME_TYPE in data)) {
    return null;
  }
  try {
    return readRecord(data[MIME_TYPE]);
  } catch (error) {
    if (error instanceof RecordError) {
      return null;
    }
    throw error;
  }
}

function streamFacts(fields: Fields): IStreamFacts {
  return {
    sizeBytes: fields.number('size_bytes') ?? 0,
    lines: fields.number('lines') ?? 0,
    leftOutBytes: fields.number('left_out_bytes') ?? 0
  };
}

function status(text: string | null): Status {
  const found = STATUSES.find(known => known === text);
  if (found === undefined) {
    throw new RecordError(`unknown status: ${String(text)}`);
  }
  return found;
}

function required<T>(value: T | null, name: string): T {
  if (value === null) {
    throw new RecordError(`the record has no ${name}`);
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an object from outside; a missing one is null. */
class Fields {
  constructor(data: unknown, name: string) {
    if (!isObject(data)) {
      throw new RecordError(`${name} is not an object`);
    }
    this._data = data;
  }

  value<T>(name: string, kind: string, isValid: (value: unknown) => value is T): T | null {
    return this._read(name, kind, value => (isValid(value) ? value : undefined));
  }

  text(name: string): string | null {
    return this._read(name, 'a text', value => (typeof value === 'string' ? value : undefined));
  }

  number(name: string): number | null {
    return this._read(name, 'a number', value =>
      typeof value === 'number' && Number.isFinite(value) ? value : undefined
    );
  }

  flag(name: string): boolean {
    const isFlag = (value: unknown): boolean | undefined =>
      typeof value === 'boolean' ? value : undefined;
    return this._read(name, 'true or false', isFlag) ?? false;
  }

  texts(name: string): readonly string[] {
    const read = (value: unknown): string[] | undefined =>
      Array.isArray(value) && value.every(item => typeof item === 'string') ? value : undefined;
    return this._read(name, 'a list of strings', read) ?? [];
  }

  moment(name: string): Date | null {
    return this._read(name, 'a time', value => {
      const time = new Date(typeof value === 'string' ? value : NaN);
      return Number.isNaN(time.getTime()) ? undefined : time;
    });
  }

  fields(name: string): Fields {
    const value = this._data[name] ?? {};
    return new Fields(value, name);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.keys(this._data).map(name => [name, required(this.number(name), name)])
    );
  }

  private _read<T>(name: string, kind: string, read: (value: unknown) => T | undefined): T | null {
    const value = this._data[name];
    if (value === undefined || value === null) {
      return null;
    }
    const found = read(value);
    if (found === undefined) {
      throw new RecordError(`${name} is not ${kind}`);
    }
    return found;
  }

  private readonly _data: Record<string, unknown>;
}
