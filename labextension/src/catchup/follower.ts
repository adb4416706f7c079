/** Follows one block: copies its outputs from the store to its cell until it has finished. */
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

// Longer than the kernel needs to write to the store.
const FLUSH_MILLISECONDS = 100;
// How often new output appears, and how often the store is asked when there is none.
const MIN_POLL_MILLISECONDS = 700;
const MAX_POLL_MILLISECONDS = 10_000;
// The last output of a block is in the store within a second of its end.
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
  /** The execution count of the cell. */
  readonly count: number;
  /** Whether the block's commands are running, so that the cell is marked as running. */
  readonly isRunning: boolean;
  /** Whether this page has run the cell. */
  readonly isRunByPage: boolean;
  /** Whether the outputs that the cell shows are known to be older than the block's end. */
  readonly isOutdated: boolean;
  readonly kernel: IKernelBlocks;
  readonly messages: ISignal<unknown, KernelMessage.IMessage>;
  readonly settings: ServerConnection.ISettings;
}

/**
 * Follows one block.
 *
 * It reads the store instead of collecting messages from now on: between what the store has and the
 * first message, output could be missing or appear twice.
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

  /** Resolves when the block will print nothing more. */
  readonly done: Promise<void>;

  /** Ask the store soon: the block has changed. */
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

  /** Show what the store has; return whether there may be more. */
  private _apply(stored: IStoredOutputs): boolean {
    const { cell, block, isOutdated } = this._options;
    const shown = cell.outputs.toJSON() as readonly Output[];
    if (
      this._hasChangedCell &&
      !shown.some(output => outputRecord(output)?.number === block.number)
    ) {
      return false; // the user has cleared it
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

  /** Wait until it is worth asking the store again. */
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

  /** Whether the cell or this follower has been disposed. */
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

/** Set the execution count that a cell had when *block*, which it shows, was run. */
export function updateCount(cell: ICodeCellModel, block: IBlockId, count: number): void {
  const due = missingCount(cell.executionCount, lastRecord(cell), block, count);
  if (due !== null) {
    cell.executionCount = due;
  }
}

/** Return the record of the last block that a cell shows; null if it shows none. */
export function lastRecord(cell: ICodeCellModel): IRecord | null {
  for (let index = cell.outputs.length - 1; index >= 0; index -= 1) {
    const output = cell.outputs.get(index);
    const record = outputRecord({ output_type: output.type, data: output.data });
    if (record !== null) {
      return record;
    }
  }
  return null;
}

/** Change as few of a cell's outputs as possible. */
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
  change.set.forEach((output, index) => {
    outputs.set(index, output as IOutput);
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
