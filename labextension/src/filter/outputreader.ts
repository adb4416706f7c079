/** Filter source: what a block printed, as its cell shows it or as the server has it. */
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { ServerConnection } from '@jupyterlab/services';

import { shownPieces } from './lines';
import type { ISource } from './searcher';
import type { StreamName } from '../core/outputtext';
import type { ITranslate } from '../core/translation';
import { identity, isLeftOut, noteOn, PAGE_BYTES, printedOn } from '../actions/output';
import type { ICellView, NotebookBlocks } from '../core/notebook/notebookblocks';
import { readWhole, type IWhole } from '../core/notebook/fulloutput';
import { problemOf } from '../core/errors';

/** What was printed, and what one has to know of it; '' if it is all. */
export interface IPrinted {
  readonly sources: readonly ISource[];
  readonly note: string;
}

/** Reads what one cell's block has printed. */
export class FilterSource {
  constructor(
    private readonly _blocks: NotebookBlocks,
    private readonly _server: ServerConnection.ISettings,
    private readonly _trans: ITranslate
  ) {}

  /** Read these streams of the block of *cell*. */
  async read(cell: ICodeCellModel, streams: readonly StreamName[]): Promise<IPrinted> {
    const view = this._blocks.view(cell.id);
    if (view.record === null || !isLeftOut(view.record)) {
      return { sources: shown(cell, streams), note: '' };
    }
    const names = printedOn(view.record).filter(name => streams.includes(name));
    try {
      const wholes = await Promise.all(names.map(name => this._whole(view, name)));
      const notes = wholes.map((whole, place) => this._note(whole, names[place] ?? 'stdout'));
      return {
        sources: wholes.map(({ bytes }, place) => ({
          stream: names[place] ?? 'stdout',
          text: bytes
        })),
        note: notes.filter(note => note !== '').join(' ')
      };
    } catch (error) {
      const message = problemOf(error);
      const note = this._trans.__(
        'Only what the cell shows; the rest cannot be read: %1.',
        message
      );
      return { sources: shown(cell, streams), note };
    }
  }

  private _note(whole: IWhole, stream: StreamName): string {
    const note = noteOn(whole, this._trans);
    if (note === '') {
      return '';
    }
    return stream === 'stdout'
      ? this._trans.__('Standard output: %1', note)
      : this._trans.__('Standard error: %1', note);
  }

  /** All of a stream, read once for each state of its block. */
  private async _whole(view: ICellView, stream: StreamName): Promise<IWhole> {
    const block = identity({ view, blocks: this._blocks });
    const state = `${block} ${view.state} ${view.record?.[stream].sizeBytes ?? 0}`;
    const known = this._read.get(stream);
    if (known?.state === state) {
      return known.whole;
    }
    const whole = await readWhole(this._server, block, stream, PAGE_BYTES);
    this._read.set(stream, { state, whole });
    return whole;
  }

  private readonly _read = new Map<StreamName, { state: string; whole: IWhole }>();
}

function shown(cell: ICodeCellModel, streams: readonly StreamName[]): readonly ISource[] {
  return shownPieces(cell.outputs.toJSON(), streams);
}
