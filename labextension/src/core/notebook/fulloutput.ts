/** The output of a block: what its cell shows of it, and all of it, as the server has it. */
import type { CodeCell } from '@jupyterlab/cells';
import type { ServerConnection } from '@jupyterlab/services';

import { isRunning } from '../cellstate';
import { formatSize } from '../format';
import { streamText, STREAMS, type StreamName } from '../outputtext';
import type { IRecord } from '../record';
import { requestAPI } from '../request';
import type { INotebookBlocks, ICellStatus } from '../tokens';
import type { ITranslationBundle } from '../translation';

/** How much of a stream a page can show; a file can have all of it. */
export const MAX_PAGE_BYTES = 20_000_000;

/** Bytes of one stream of a block. */
export interface IFullOutput {
  readonly bytes: Blob;
  /** How many bytes the server has. */
  readonly total: number;
  /** Whether the server has all bytes that the block wrote. */
  readonly isComplete: boolean;
}

/** Read the first *length* bytes of a stream, or all of it; *block* is SESSION-NUMBER. */
export async function readFullOutput(
  server: ServerConnection.ISettings,
  block: string,
  stream: StreamName,
  length?: number
): Promise<IFullOutput> {
  const query = { stream, ...(length === undefined ? {} : { length }) };
  const response = await requestAPI(['blocks', block, 'output'], { query }, server);
  const bytes = await response.blob();
  return {
    bytes,
    total: Number(response.headers.get('EffectTalk-Total-Bytes') ?? bytes.size),
    isComplete: response.headers.get('EffectTalk-Is-All') !== 'false'
  };
}

/** Return the output that a cell shows, with its escape sequences. */
export function shownText(cell: CodeCell | null, streams: readonly StreamName[] = STREAMS): string {
  return streamText(cell?.model.outputs.toJSON() ?? [], streams);
}

/** Whether a block has written to one of these streams, or still can. */
export function hasOutput(
  { record, state }: ICellStatus,
  streams: readonly StreamName[] = STREAMS
): boolean {
  return record !== null && (isRunning(state) || streams.some(one => record[one].sizeBytes > 0));
}

/** Whether a cell does not show all of its block's output. */
export function isTruncated(record: IRecord): boolean {
  return STREAMS.some(stream => record[stream].leftOutBytes > 0);
}

/** Return the streams to which a block has written. */
export function printedStreams(record: IRecord): StreamName[] {
  return STREAMS.filter(stream => record[stream].sizeBytes > 0);
}

/** Return the ID of a block in the store: SESSION-NUMBER. */
export function storedBlockId(record: IRecord | null, blocks: INotebookBlocks): string {
  return `${record?.session ?? blocks.session}-${record?.number ?? 0}`;
}

/** Return a note about what is missing from an output; '' if it is complete. */
export function describeMissing(
  { bytes, total, isComplete }: IFullOutput,
  trans: ITranslationBundle
): string {
  const notes: string[] = [];
  if (bytes.size < total) {
    const sizes = [formatSize(bytes.size, trans), formatSize(total, trans)];
    notes.push(trans.__('Showing the first %1 of %2. Save the output to get all of it.', ...sizes));
  }
  if (!isComplete) {
    notes.push(
      trans.__('The output is incomplete: part was not stored, or the block still writes.')
    );
  }
  return notes.join(' ');
}
