/** Follower: brings to one cell what the store has of its block, until that is over. */
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { IOutput } from '@jupyterlab/nbformat';
import type { KernelMessage, ServerConnection } from '@jupyterlab/services';
import { type ISignal } from '@lumino/signaling';

import {
  mergeOutputs,
  missingCount,
  diffOutputs,
  isFinished,
  outputRecord,
  type IBlockId,
  type Output
} from './model';
import type { IRecord } from '../core/record';
import { Disposable } from '../core/disposable';
import type { IKernelBlocks } from '../core/tokens';
import { StoredOutputs, type StoredResult, type IStoredOutputs } from './storedoutputs';
import { setRunning } from './executionstate';

// Longer than the kernel needs to put it into the store.
const FLUSH_MILLISECONDS = 100;
// How often somebody sees more of what is printed, and how often is asked when nothing is.
const MIN_POLL_MILLISECONDS = 700;
const MAX_POLL_MILLISECONDS = 10_000;
// What a block showed last is in the store a second after its end.
const END_POLL_MILLISECONDS = 400;
const MAX_END_POLLS = 15;
const MAX_FAILURES = 30;
const OUTPUT_MESSAGES: ReadonlySet<string> = new Set([
  'stream',
  'display_data',
  'update_display_data',
  'clear_output',
  'error'
]);

/** What a follower needs. */
export interface IFollowerOptions {
  readonly cell: ICodeCellModel;
  readonly block: IBlockId;
  /** The number before its cell. */
  readonly count: number;
  /** Whether its commands run, so that the cell has the star. */
  readonly isRunning: boolean;
  /** Whether this page runs its cell. */
  readonly isRunByPage: boolean;
  /** Whether what the cell shows is known to be from before the block's end. */
  readonly isOutdated: boolean;
  readonly kernel: IKernelBlocks;
  readonly messages: ISignal<unknown, KernelMessage.IMessage>;
  readonly settings: ServerConnection.ISettings;
}

/**
 * Follows one block.
 *
 * The store is asked, and not the messages put together that come from now on: between what
 * it has and the first of them something could be missing, or be there twice.
 */
export class Follower extends Disposable {
  constructor(options: IFollowerOptions) {
    super();
    this._options = options;
    this._storedOutputs = new StoredOutputs(options.block, options.settings);
    options.messages.connect(this._onMessage, this);
    if (options.isRunning && !options.isRunByPage) {
      setRunning(options.cell, true);
      this._isMarkedRunning = true;
    }
    this.done = this._run().finally(() => {
      this.dispose();
    });
  }

  /** Resolves when nothing more will come. */
  readonly done: Promise<void>;

  /** Ask soon: something has happened to the block. */
  wake(): void {
    this._wake();
  }

  protected override release(): void {
    this._clearRunning();
    this._wake();
  }

  private async _run(): Promise<void> {
    const { kernel, block } = this._options;
    let pollsAfterEnd = 0;
    let failures = 0;
    while (!this._isStopped()) {
      const isLast = kernel.session !== block.session;
      if (!isLast) {
        kernel.requestFlush(block.number);
        await pause(FLUSH_MILLISECONDS);
      }
      const answer = await this._storedOutputs.fetch();
      if (this._isStopped() || answer === 'unknown' || (isStored(answer) && !this._apply(answer))) {
        return;
      }
      pollsAfterEnd += this._hasEnded ? 1 : 0;
      failures = answer === 'unreachable' ? failures + 1 : 0;
      if (isLast || pollsAfterEnd > MAX_END_POLLS || failures > MAX_FAILURES) {
        return;
      }
      await this._waitForNews();
    }
  }

  /** Bring what is kept into the cell; returns whether more may come. */
  private _apply(stored: IStoredOutputs): boolean {
    const { cell, block, isOutdated } = this._options;
    const shown = cell.outputs.toJSON() as readonly Output[];
    if (
      this._hasChangedCell &&
      !shown.some(output => outputRecord(output)?.number === block.number)
    ) {
      return false; // somebody has cleared it
    }
    const next = mergeOutputs(shown, stored.outputs, block, isOutdated);
    if (next !== null) {
      applyOutputs(cell, shown, next);
      this._hasChangedCell = true;
    }
    updateCount(cell, block, this._options.count);
    this._hasEnded = !stored.isRunning;
    const record = stored.outputs.map(outputRecord).find(one => one !== null) ?? null;
    if (this._hasEnded || (record !== null && record.status !== 'running')) {
      this._clearRunning();
    }
    return stored.isRunning || record === null || !isFinished(record);
  }

  /** Wait until it is worth asking again. */
  private async _waitForNews(): Promise<void> {
    if (this._hasEnded) {
      await pause(END_POLL_MILLISECONDS);
      return;
    }
    await pause(MIN_POLL_MILLISECONDS);
    if (!this._hasNews && !this._isStopped()) {
      await new Promise<void>(resolve => {
        const timer = window.setTimeout(resolve, MAX_POLL_MILLISECONDS);
        this._wake = () => {
          window.clearTimeout(timer);
          this._hasNews = true;
          resolve();
        };
      });
    }
    this._hasNews = false;
  }

  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    if (OUTPUT_MESSAGES.has(message.header.msg_type)) {
      this._wake();
    }
  }

  /** Whether there is nothing to follow any more. */
  private _isStopped(): boolean {
    return this.isDisposed || this._options.cell.isDisposed;
  }

  private _clearRunning(): void {
    const { cell } = this._options;
    if (this._isMarkedRunning && !cell.isDisposed) {
      setRunning(cell, false);
    }
    this._isMarkedRunning = false;
  }

  private readonly _options: IFollowerOptions;
  private readonly _storedOutputs: StoredOutputs;
  private _wake: () => void = () => {
    this._hasNews = true;
  };
  private _hasNews = false;
  private _isMarkedRunning = false;
  private _hasChangedCell = false;
  private _hasEnded = false;
}

function isStored(answer: StoredResult): answer is IStoredOutputs {
  return typeof answer === 'object';
}

/** Give a cell the number that it had when *block*, which it shows, has run. */
export function updateCount(cell: ICodeCellModel, block: IBlockId, count: number): void {
  const due = missingCount(cell.executionCount, lastRecord(cell), block, count);
  if (due !== null) {
    cell.executionCount = due;
  }
}

/** The record of the last block that a cell shows; null: it shows none. */
export function lastRecord(cell: ICodeCellModel): IRecord | null {
  for (let place = cell.outputs.length - 1; place >= 0; place -= 1) {
    const output = cell.outputs.get(place);
    const record = outputRecord({ output_type: output.type, data: output.data });
    if (record !== null) {
      return record;
    }
  }
  return null;
}

/** Change a cell's outputs, no more than is needed. */
function applyOutputs(
  cell: ICodeCellModel,
  shown: readonly Output[],
  next: readonly Output[]
): void {
  const { outputs } = cell;
  const change = diffOutputs(shown, next);
  if (change === null) {
    outputs.fromJSON([...next] as IOutput[]);
    return;
  }
  change.set.forEach((output, place) => {
    outputs.set(place, output as IOutput);
  });
  change.add.forEach(output => {
    outputs.add(output as IOutput);
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => {
    window.setTimeout(resolve, milliseconds);
  });
}
