/** Told: what a kernel says of its blocks over a comm. */
import { STATUSES, type Status } from './record';

/** Where a block is. */
export interface IBlockState {
  readonly number: number;
  /** The cell that asked for it; null: nobody said. */
  readonly cell: string | null;
  readonly status: Status;
  readonly isWaiting: boolean;
  /** Its record as it stands in a notebook, if that was asked for. */
  readonly record: unknown;
}

/** Everything that can be said. */
export type Message =
  | {
      readonly event: 'state';
      readonly session: string;
      readonly count: number;
      readonly blocks: readonly IBlockState[];
      readonly queued: readonly string[];
    }
  | { readonly event: 'block' | 'record'; readonly block: IBlockState }
  | { readonly event: 'unqueued'; readonly cells: readonly string[] };

/** Read a message; null: it says nothing that is known here. */
export function readMessage(data: Readonly<Record<string, unknown>>): Message | null {
  switch (data['event']) {
    case 'state':
      return readState(data);
    case 'block':
    case 'record': {
      const block = readBlock(data['block']);
      return block === null ? null : { event: data['event'], block };
    }
    case 'unqueued':
      return { event: 'unqueued', cells: texts(data['cells']) };
    default:
      return null;
  }
}

function readState(data: Readonly<Record<string, unknown>>): Message | null {
  const { session, count, blocks } = data;
  if (typeof session !== 'string' || typeof count !== 'number' || !Array.isArray(blocks)) {
    return null;
  }
  const read = blocks.map(readBlock).filter(block => block !== null);
  return { event: 'state', session, count, blocks: read, queued: texts(data['queued']) };
}

function readBlock(data: unknown): IBlockState | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const { number, cell, status, waiting, record } = data as Record<string, unknown>;
  const known = STATUSES.find(one => one === status);
  if (typeof number !== 'number' || known === undefined) {
    return null;
  }
  return {
    number,
    cell: typeof cell === 'string' ? cell : null,
    status: known,
    isWaiting: waiting === true,
    record: record ?? null
  };
}

function texts(data: unknown): string[] {
  return Array.isArray(data) ? data.filter(item => typeof item === 'string') : [];
}
