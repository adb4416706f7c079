/** Told: what a kernel says of its blocks over a comm. */
import { readQuestion, type IQuestion } from '../../answer/model';
import { readEnvironment, readLocation, type IEnvironment, type ILocation } from './environment';
import { STATUSES, type Status } from '../record';

/** Where a block is. */
export interface IBlockState {
  readonly number: number;
  /** The cell that asked for it; null: nobody said. */
  readonly cell: string | null;
  readonly status: Status;
  /** What stands before its cell. */
  readonly count: number;
  readonly isWaiting: boolean;
  /** Its record as it stands in a notebook, if that was asked for. */
  readonly record: unknown;
}

/** Everything that can be said. */
export type BlocksMessage =
  | {
      readonly event: 'state';
      readonly session: string;
      readonly count: number;
      readonly blocks: readonly IBlockState[];
      readonly queued: readonly string[];
      readonly question: IQuestion | null;
    }
  | { readonly event: 'block' | 'record'; readonly block: IBlockState }
  | { readonly event: 'question'; readonly question: IQuestion | null }
  | { readonly event: 'place'; readonly place: ILocation }
  | { readonly event: 'environment'; readonly environment: IEnvironment }
  | { readonly event: 'unqueued'; readonly cells: readonly string[] };

/** Read a message; null: it says nothing that is known here. */
export function readMessage(data: Readonly<Record<string, unknown>>): BlocksMessage | null {
  switch (data['event']) {
    case 'state':
      return readState(data);
    case 'block':
    case 'record': {
      const block = readBlock(data['block']);
      return block === null ? null : { event: data['event'], block };
    }
    case 'question':
      return { event: 'question', question: readQuestion(data['question']) };
    case 'place': {
      const place = readLocation(data);
      return place === null ? null : { event: 'place', place };
    }
    case 'environment': {
      const environment = readEnvironment(data);
      return environment === null ? null : { event: 'environment', environment };
    }
    case 'unqueued':
      return { event: 'unqueued', cells: readStrings(data['cells']) };
    default:
      return null;
  }
}

function readState(data: Readonly<Record<string, unknown>>): BlocksMessage | null {
  const { session, count, blocks } = data;
  if (typeof session !== 'string' || typeof count !== 'number' || !Array.isArray(blocks)) {
    return null;
  }
  const read = blocks.map(readBlock).filter(block => block !== null);
  const question = readQuestion(data['question']);
  return {
    event: 'state',
    session,
    count,
    blocks: read,
    queued: readStrings(data['queued']),
    question
  };
}

function readBlock(data: unknown): IBlockState | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const { number, cell, status, waiting, record, ...more } = data as Record<string, unknown>;
  const { execution_count: count } = more;
  const known = STATUSES.find(one => one === status);
  if (typeof number !== 'number' || known === undefined) {
    return null;
  }
  return {
    number,
    cell: typeof cell === 'string' ? cell : null,
    status: known,
    count: typeof count === 'number' ? count : number,
    isWaiting: waiting === true,
    record: record ?? null
  };
}

function readStrings(data: unknown): string[] {
  return Array.isArray(data) ? data.filter(item => typeof item === 'string') : [];
}
