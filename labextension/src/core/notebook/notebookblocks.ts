/** Blocks: the state of every cell of one notebook, from its outputs, this page and the kernel. */
import type { ISessionContext } from '@jupyterlab/apputils';
import { isCodeCellModel, type ICellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import { Signal, type ISignal } from '@lumino/signaling';

import type { LiveSessions } from '../livesessions';
import type { IRecord } from '../record';
import { staleness } from '../staleness';
import { stateOf, type CellState } from '../cellstate';
import type { IBlockState } from '../kernel/messages';
import { CellBlock } from './cellblock';
import { KernelBlocks, type IEnded } from '../kernel/kernelblocks';
import { Disposable } from '../disposable';

// Changes come in bursts: a frame's worth of them is looked at together.
const SETTLE_MILLISECONDS = 16;
// Longer than the kernel needs to send a record behind the news that its block has ended.
const RECORD_MILLISECONDS = 500;

/** What a cell's badge shows. */
export interface ICellView {
  readonly state: CellState;
  readonly record: IRecord | null;
  readonly isPinned: boolean;
}

/** The blocks of one notebook, whatever shows it. */
export class NotebookBlocks extends Disposable {
  /** The *model* is one of our kernel; *alive* knows which blocks run. */
  constructor(model: INotebookModel, sessionContext: ISessionContext, alive: LiveSessions) {
    super();
    this._model = model;
    this._alive = alive;
    this._kernel = new KernelBlocks(sessionContext, alive);
    this._kernel.changed.connect(this._settleSoon, this);
    this._kernel.ended.connect(this._checkEnded, this);
    this._kernel.recorded.connect(this._takeRecord, this);
    this._stopListening = alive.listen(() => {
      this._settleSoon();
    });
    sessionContext.kernelChanged.connect(this._unschedule, this);
    model.cells.changed.connect(this._follow, this);
    this._follow();
    this._settle();
  }

  /** Emitted with the identities of cells whose view has changed; none: the session has. */
  get changed(): ISignal<this, ReadonlySet<string>> {
    return this._changed;
  }

  /** What the notebook's kernel tells. */
  get kernel(): KernelBlocks {
    return this._kernel;
  }

  /** Identity of the kernel's session; '' until it has told. */
  get session(): string {
    return this._kernel.session;
  }

  /** Return what a cell's badge shows. */
  view(cell: string): ICellView {
    return this._views.get(cell) ?? NOTHING;
  }

  /** Whether this page has asked for a cell to run, and has no reply yet. */
  isScheduled(cell: string): boolean {
    return this._cells.get(cell)?.isScheduled === true;
  }

  /** Note that this page has asked for a cell to run, or that it has its reply. */
  schedule(cell: string, isScheduled: boolean): void {
    const block = this._cells.get(cell);
    if (block !== undefined) {
      block.isScheduled = isScheduled;
      this._settleSoon();
    }
  }

  protected override release(): void {
    window.clearTimeout(this._timer ?? undefined);
    this._stopListening();
    this._kernel.dispose();
    this._cells.forEach(cell => {
      cell.dispose();
    });
    this._cells.clear();
  }

  /** Follow the notebook's code cells, in their order. */
  private _follow(): void {
    const before = this._cells;
    const models: ICellModel[] = [...this._model.cells];
    this._cells = new Map();
    for (const model of models) {
      if (!isCodeCellModel(model)) {
        continue;
      }
      const known = before.get(model.id);
      if (known?.model === model) {
        before.delete(model.id);
        this._cells.set(model.id, known);
      } else {
        this._cells.set(model.id, new CellBlock(model, this._settleSoon.bind(this)));
      }
    }
    before.forEach(cell => {
      cell.dispose();
    });
    this._settleSoon();
  }

  private _settleSoon(): void {
    if (!this.isDisposed) {
      this._timer ??= window.setTimeout(() => {
        this._settle();
      }, SETTLE_MILLISECONDS);
    }
  }

  /** Look at all cells again, and tell which ones have changed. */
  private _settle(): void {
    this._timer = null;
    const cells = [...this._cells.values()];
    const stale = staleness(cells.map(cell => cell.record));
    const changed = new Set<string>();
    const views = new Map<string, ICellView>();
    cells.forEach((cell, place) => {
      const view = this._viewOf(cell, stale[place] ?? false);
      const before = this._views.get(cell.model.id);
      views.set(cell.model.id, view);
      if (before === undefined || !isSame(before, view)) {
        changed.add(cell.model.id);
      }
    });
    this._views = views;
    const { session } = this;
    if (changed.size > 0 || session !== this._toldSession) {
      this._toldSession = session;
      this._changed.emit(changed);
    }
  }

  private _viewOf(cell: CellBlock, isStale: boolean): ICellView {
    const record = cell.record;
    const told = this._kernel.told(cell.model.id);
    const isAlive = record !== null && this._alive.isAlive(record.session, record.number);
    const { isScheduled, isPinned } = cell;
    return { state: stateOf({ record, isScheduled, told, isAlive, isStale }), record, isPinned };
  }

  private _unschedule(): void {
    this._cells.forEach(cell => {
      cell.isScheduled = false;
    });
    this._settleSoon();
  }

  /** Ask for the record of a block that has ended, if its last update did not reach the cell. */
  private _checkEnded(kernel: KernelBlocks, { block, isNews }: IEnded): void {
    window.setTimeout(() => {
      const cell = this._cells.get(block.cell ?? '');
      if (cell?.isBehind(kernel.session, block) === true || (isNews && cell?.isUntold === true)) {
        this._asked.add(block.number);
        kernel.ask(block.number);
      }
    }, RECORD_MILLISECONDS);
  }

  private _takeRecord(_: KernelBlocks, block: IBlockState): void {
    if (this._asked.delete(block.number)) {
      this._cells.get(block.cell ?? '')?.put(block);
    }
  }

  private readonly _model: INotebookModel;
  private readonly _alive: LiveSessions;
  private readonly _kernel: KernelBlocks;
  private readonly _changed = new Signal<this, ReadonlySet<string>>(this);
  private readonly _stopListening: () => void;
  private readonly _asked = new Set<number>();
  private _cells = new Map<string, CellBlock>();
  private _views = new Map<string, ICellView>();
  private _timer: number | null = null;
  private _toldSession = '';
}

const NOTHING: ICellView = { state: 'none', record: null, isPinned: false };

/** Whether two views read the same on a badge. */
function isSame(one: ICellView, other: ICellView): boolean {
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
