/** The block of a cell, according to the cell's outputs. */
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { IOutputModel } from '@jupyterlab/rendermime';

import { hasPin, METADATA_KEY } from '../pins';
import { MIME_TYPE, recordIn, type IRecord } from '../record';
import type { IBlockState } from '../kernel/messages';
import { Disposable } from '../disposable';

/** Follows the outputs of one code cell. */
export class CellBlock extends Disposable {
  /** *onChange* is called when the block's record may have changed. */
  constructor(
    readonly model: ICodeCellModel,
    onChange: () => void
  ) {
    super();
    this._onChange = onChange;
    model.outputs.changed.connect(this._invalidate, this);
    model.outputs.stateChanged.connect(this._invalidate, this);
    model.stateChanged.connect(this._onState, this);
    model.metadataChanged.connect(this._onMetadata, this);
  }

  /** Whether this page has sent an execute request for the cell and has no reply yet. */
  get isScheduled(): boolean {
    return this._isScheduled;
  }

  set isScheduled(value: boolean) {
    this._isScheduled = value;
    this._hasRunHere ||= value;
  }

  /** The record of the cell's last block; null if it has none. */
  get record(): IRecord | null {
    if (!this._isRead) {
      this._isRead = true;
      this._record = this._read();
    }
    return this._record;
  }

  /** Whether the user has pinned the block. */
  get isPinned(): boolean {
    return hasPin(this.model.getMetadata(METADATA_KEY));
  }

  /** Whether the outputs have an older state of a block that has finished. */
  isOutdated(session: string, block: IBlockState): boolean {
    const record = this.record;
    const isThatBlock = record?.number === block.number && (record.session ?? session) === session;
    return isThatBlock && record.status !== block.status;
  }

  /** Whether it shows nothing of a block that another page has run, or this one before a reload. */
  get hasMissedRun(): boolean {
    return !this._hasRunHere && this.model.outputs.length === 0;
  }

  /** Replace the last record in the outputs by the one of *block*, or add it. */
  putRecord(block: IBlockState): void {
    const { outputs } = this.model;
    const output = {
      output_type: 'display_data',
      data: { [MIME_TYPE]: block.record as Record<string, never> },
      metadata: {}
    };
    const index = this._recordIndex();
    if (index < 0) {
      outputs.add(output);
    } else {
      outputs.set(index, output);
    }
  }

  private _onState(_: unknown, change: { name: string; newValue: unknown }): void {
    if (change.name === 'executionState' && change.newValue === 'idle') {
      this.isScheduled = false;
      this._onChange();
    }
  }

  private _onMetadata(_: unknown, { key }: { key?: string }): void {
    if (key === METADATA_KEY) {
      this._onChange();
    }
  }

  private _invalidate(): void {
    this._isRead = false;
    this._onChange();
  }

  private _read(): IRecord | null {
    const index = this._recordIndex();
    return index < 0 ? null : recordIn(this.model.outputs.get(index).data);
  }

  /** Return the index of the last record in the outputs; -1 if there is none. */
  private _recordIndex(): number {
    const { outputs } = this.model;
    for (let index = outputs.length - 1; index >= 0; index -= 1) {
      if (hasRecord(outputs.get(index))) {
        return index;
      }
    }
    return -1;
  }

  private readonly _onChange: () => void;
  private _record: IRecord | null = null;
  private _isRead = false;
  private _isScheduled = false;
  private _hasRunHere = false;
}

function hasRecord(output: IOutputModel): boolean {
  return output.type === 'display_data' && MIME_TYPE in output.data;
}
