/** The output that is searched: what the cell shows, or all of it from the server. */
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { ServerConnection } from '@jupyterlab/services';

import { errorMessage } from '../core/errors';
import {
  describeMissing,
  isTruncated,
  MAX_PAGE_BYTES,
  printedStreams,
  readFullOutput,
  storedBlockId,
  type IFullOutput
} from '../core/notebook/fulloutput';
import type { INotebookBlocks } from '../core/tokens';
import type { StreamName } from '../core/outputtext';
import type { ICellStatus } from '../core/tokens';
import type { ITranslationBundle } from '../core/translation';
import { shownPieces } from './lines';
import type { ITextSource } from './searcher';

/** The output, and a note if part of it is missing. */
export interface IOutputText {
  readonly sources: readonly ITextSource[];
  readonly note: string;
}

/** Reads the output of one cell's block. */
export class OutputReader {
  constructor(
    private readonly _blocks: INotebookBlocks,
    private readonly _server: ServerConnection.ISettings,
    private readonly _trans: ITranslationBundle
  ) {}

  /** Read these streams of the block of *cell*. */
  async read(cell: ICodeCellModel, streams: readonly StreamName[]): Promise<IOutputText> {
    const status = this._blocks.status(cell.id);
    if (status.record === null || !isTruncated(status.record)) {
      return { sources: shownSources(cell, streams), note: '' };
    }
    const names = printedStreams(status.record).filter(name => streams.includes(name));
    try {
      const outputs = await Promise.all(names.map(name => this._readFull(status, name)));
      const notes = outputs.map((whole, index) => this._note(whole, names[index] ?? 'stdout'));
      return {
        sources: outputs.map(({ bytes }, index) => ({
          stream: names[index] ?? 'stdout',
          text: bytes
        })),
        note: notes.filter(note => note !== '').join(' ')
      };
    } catch (error) {
      const message = errorMessage(error);
      const note = this._trans.__(
        'Only what the cell shows is searched; the rest cannot be read: %1.',
        message
      );
      return { sources: shownSources(cell, streams), note };
    }
  }

  private _note(output: IFullOutput, stream: StreamName): string {
    const note = describeMissing(output, this._trans);
    if (note === '') {
      return '';
    }
    return stream === 'stdout'
      ? this._trans.__('Standard output: %1', note)
      : this._trans.__('Standard error: %1', note);
  }

  /** Return all of a stream, which is read only once for each state of its block. */
  private async _readFull(status: ICellStatus, stream: StreamName): Promise<IFullOutput> {
    const block = storedBlockId(status.record, this._blocks);
    const state = `${block} ${status.state} ${status.record?.[stream].sizeBytes ?? 0}`;
    const cached = this._cache.get(stream);
    if (cached?.state === state) {
      return cached.output;
    }
    const output = await readFullOutput(this._server, block, stream, MAX_PAGE_BYTES);
    this._cache.set(stream, { state, output });
    return output;
  }

  private readonly _cache = new Map<StreamName, { state: string; output: IFullOutput }>();
}

function shownSources(
  cell: ICodeCellModel,
  streams: readonly StreamName[]
): readonly ITextSource[] {
  return shownPieces(cell.outputs.toJSON(), streams);
}
