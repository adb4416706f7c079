/** Messages that a kernel sends about its blocks over the comm `effecttalk.blocks`; see docs/comms.md. */
import { asStrings, isObject, stringOrNull, type JSONFields } from '../json';
import { STATUSES, type Status } from '../record';
import { readEnvironment, readLocation, type IEnvironment, type ILocation } from './environment';
import { readQuestion, type IQuestion } from './question';

/** The state of a block. */
export interface IBlockState {
  readonly number: number;
  /** ID of the block's cell; null if the request did not name one. */
  readonly cell: string | null;
  readonly status: Status;
  /** The execution count of its cell. */
  readonly count: number;
  readonly isWaiting: boolean;
  /** Its record as it is saved in a notebook, if the message is an answer to a request for it. */
  readonly record: unknown;
}

/** A message from the kernel. */
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
  | { readonly event: 'place'; readonly location: ILocation }
  | { readonly event: 'environment'; readonly environment: IEnvironment }
  | { readonly event: 'ping' }
  | { readonly event: 'unqueued'; readonly cells: readonly string[] };

/** Read a message; return null if its event is unknown. */
export function readMessage(data: JSONFields): BlocksMessage | null {
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
      const location = readLocation(data);
      return location === null ? null : { event: 'place', location };
    }
    case 'environment': {
      const environment = readEnvironment(data);
      return environment === null ? null : { event: 'environment', environment };
    }
    case 'ping':
      return { event: 'ping' };
    case 'unqueued':
      return { event: 'unqueued', cells: asStrings(data['cells']) };
    default:
      return null;
  }
}

function readState(data: JSONFields): BlocksMessage | null {
  const { session, count, blocks, queued, question } = data;
  if (typeof session !== 'string' || typeof count !== 'number' || !Array.isArray(blocks)) {
    return null;
  }
  return {
    event: 'state',
    session,
    count,
    blocks: blocks.map(readBlock).filter(block => block !== null),
    queued: asStrings(queued),
    question: readQuestion(question)
  };
}

function readBlock(data: unknown): IBlockState | null {
  if (!isObject(data)) {
    return null;
  }
  const { number, cell, status, waiting, record, execution_count: count } = data;
  const knownStatus = STATUSES.find(one => one === status);
  if (typeof number !== 'number' || knownStatus === undefined) {
    return null;
  }
  return {
    number,
    cell: stringOrNull(cell),
    status: knownStatus,
    count: typeof count === 'number' ? count : number,
    isWaiting: waiting === true,
    record: record ?? null
  };
}
