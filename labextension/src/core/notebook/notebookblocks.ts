/** The blocks of one notebook, from its outputs, the requests of this page and the kernel. */
import type { ISessionContext } from '@jupyterlab/apputils';
import { isCodeCellModel, type ICellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import { Signal, type ISignal } from '@lumino/signaling';

import { cellState } from '../cellstate';
import { Disposable } from '../disposable';
import { KernelBlocks } from '../kernel/kernelblocks';
import type { IBlockState } from '../kernel/messages';
import type { LiveSessions } from '../livesessions';
import { findStale } from '../staleness';
import { type IBlockEnd, type ICellStatus } from '../tokens';
import { CellBlock } from './cellblock';

// Changes come in bursts: those of one frame are handled together.
const REFRESH_MILLISECONDS = 16;
// Longer than the kernel needs to send a record after it has reported the end of the block.
const RECORD_MILLISECONDS = 500;

/** The blocks of one notebook, in however many panels it is open. */
export class NotebookBlocks extends Disposable {
  /** *model* has an EffectTalk kernel; *liveSessions* tracks which blocks are running. */
  constructor(model: INotebookModel, sessionContext: ISessionContext, liveSessions: LiveSessions) {
    super();
    this._model = model;
    this._liveSessions = liveSessions;
    this._kernel = new KernelBlocks(sessionContext, liveSessions);
    this._kernel.changed.connect(this._refreshSoon, this);
    this._kernel.blockEnded.connect(this._checkRecord, this);
    this._kernel.recordReceived.connect(this._putRecord, this);
    this._unsubscribe = liveSessions.subscribe(() => {
      this._refreshSoon();
    });
    sessionContext.kernelChanged.connect(this._unschedule, this);
    model.cells.changed.connect(this._syncCells, this);
    this._syncCells();
    this._refresh();
  }

  /** Emitted with the IDs of the cells whose status has changed; none if only the session has. */
  get changed(): ISignal<this, ReadonlySet<string>> {
    return this._changed;
  }

  /** What the notebook's kernel reports. */
  get kernel(): KernelBlocks {
    return this._kernel;
  }

  /** ID of the kernel's session; '' until the kernel has sent it. */
  get session(): string {
    return this._kernel.session;
  }

  /** Return the status of a cell's block. */
  status(cell: string): ICellStatus {
    return this._statuses.get(cell) ?? NO_BLOCK;
  }

  /** Whether this page has sent an execute request for a cell and has no reply yet. */
  isScheduled(cell: string): boolean {
    return this._cells.get(cell)?.isScheduled === true;
  }

  /** Set whether this page has sent an execute request for a cell and has no reply yet. */
  schedule(cell: string, isScheduled: boolean): void {
    const block = this._cells.get(cell);
    if (block !== undefined) {
      block.isScheduled = isScheduled;
      this._refreshSoon();
    }
  }

  protected override release(): void {
    window.clearTimeout(this._timer ?? undefined);
    this._unsubscribe();
    this._kernel.dispose();
    this._cells.forEach(cell => {
      cell.dispose();
    });
    this._cells.clear();
  }

  /** Follow the notebook's code cells in their order. */
  private _syncCells(): void {
    const before = this._cells;
    const models: ICellModel[] = [...this._model.cells];
    this._cells = new Map();
    for (const model of models) {
      if (!isCodeCellModel(model)) {
        continue;
      }
      const cell = before.get(model.id);
      if (cell?.model === model) {
        before.delete(model.id);
        this._cells.set(model.id, cell);
      } else {
        this._cells.set(model.id, new CellBlock(model, this._refreshSoon.bind(this)));
      }
    }
    before.forEach(cell => {
      cell.dispose();
    });
    this._refreshSoon();
  }

  private _refreshSoon(): void {
    if (!this.isDisposed) {
      this._timer ??= window.setTimeout(() => {
        this._refresh();
      }, REFRESH_MILLISECONDS);
    }
  }

  /** Update the status of all cells, and emit those that have changed. */
  private _refresh(): void {
    this._timer = null;
    const cells = [...this._cells.values()];
    const stale = findStale(cells.map(cell => cell.record));
    const changed = new Set<string>();
    const statuses = new Map<string, ICellStatus>();
    cells.forEach((cell, index) => {
      const status = this._statusOf(cell, stale[index] ?? false);
      const before = this._statuses.get(cell.model.id);
      statuses.set(cell.model.id, status);
      if (before === undefined || !isSame(before, status)) {
        changed.add(cell.model.id);
      }
    });
    this._statuses = statuses;
    const { session } = this;
    if (changed.size > 0 || session !== this._shownSession) {
      this._shownSession = session;
      this._changed.emit(changed);
    }
  }

  private _statusOf(cell: CellBlock, isStale: boolean): ICellStatus {
    const record = cell.record;
    const activity = this._kernel.activityOf(cell.model.id);
    const isLive = record !== null && this._liveSessions.isLive(record.session, record.number);
    const { isScheduled, isPinned } = cell;
    return {
      state: cellState({ record, isScheduled, activity, isLive, isStale }),
      record,
      isPinned
    };
  }

  private _unschedule(): void {
    this._cells.forEach(cell => {
      cell.isScheduled = false;
    });
    this._refreshSoon();
  }

  /** Request the record of a block that has finished, if its last update did not reach the cell. */
  private _checkRecord(kernel: KernelBlocks, { block, isNew }: IBlockEnd): void {
    window.setTimeout(() => {
      const cell = this._cells.get(block.cell ?? '');
      if (
        cell?.isOutdated(kernel.session, block) === true ||
        (isNew && cell?.hasMissedRun === true)
      ) {
        this._requested.add(block.number);
        kernel.requestRecord(block.number);
      }
    }, RECORD_MILLISECONDS);
  }

  private _putRecord(_: KernelBlocks, block: IBlockState): void {
    if (this._requested.delete(block.number)) {
      this._cells.get(block.cell ?? '')?.putRecord(block);
    }
  }

  private readonly _model: INotebookModel;
  private readonly _liveSessions: LiveSessions;
  private readonly _kernel: KernelBlocks;
  private readonly _changed = new Signal<this, ReadonlySet<string>>(this);
  private readonly _unsubscribe: () => void;
  private readonly _requested = new Set<number>();
  private _cells = new Map<string, CellBlock>();
  private _statuses = new Map<string, ICellStatus>();
  private _timer: number | null = null;
  private _shownSession = '';
}

const NO_BLOCK: ICellStatus = { state: 'none', record: null, isPinned: false };

/** Whether two statuses look the same on a badge. */
function isSame(one: ICellStatus, other: ICellStatus): boolean {
  const [first, second] = [one.record, other.record];
  return (
    one.state === other.state &&
    one.isPinned === other.isPinned &&
    first?.number === second?.number &&
    first?.status === second?.status &&
    first?.hasWriters === second?.hasWriters &&
    first?.session === second?.session
  );
}
