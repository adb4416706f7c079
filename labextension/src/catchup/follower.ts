/** Follower: brings to one cell what the store has of its block, until that is over. */
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { IOutput } from '@jupyterlab/nbformat';
import type { KernelMessage, ServerConnection } from '@jupyterlab/services';
import { type ISignal } from '@lumino/signaling';

import {
  caughtUp,
  caughtUpCount,
  changeOf,
  isOver,
  recordOf,
  type IBlockIdentity,
  type Output
} from './model';
import type { IRecord } from '../core/record';
import { Disposable } from '../core/disposable';
import type { KernelBlocks } from '../core/kernel/kernelblocks';
import { KeptOutputs, type Answer, type IKept } from './storedoutputs';
import { setStar } from './executionstate';

// Longer than the kernel needs to put it into the store.
const KEEP_MILLISECONDS = 100;
// How often somebody sees more of what is printed, and how often is asked when nothing is.
const SHORTEST_MILLISECONDS = 700;
const LONGEST_MILLISECONDS = 10_000;
// What a block showed last is in the store a second after its end.
const END_MILLISECONDS = 400;
const MOST_ENDS = 15;
const MOST_FAULTS = 30;
const SHOWING: ReadonlySet<string> = new Set([
  'stream',
  'display_data',
  'update_display_data',
  'clear_output',
  'error'
]);

/** What a follower needs. */
export interface IFollowed {
  readonly cell: ICodeCellModel;
  readonly block: IBlockIdentity;
  /** The number before its cell. */
  readonly count: number;
  /** Whether its commands run, so that the cell has the star. */
  readonly isRunning: boolean;
  /** Whether this page runs its cell. */
  readonly isOwn: boolean;
  /** Whether what the cell shows is known to be from before the block's end. */
  readonly isOld: boolean;
  readonly kernel: KernelBlocks;
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
  constructor(followed: IFollowed) {
    super();
    this._followed = followed;
    this._kept = new KeptOutputs(followed.block, followed.settings);
    followed.messages.connect(this._onMessage, this);
    if (followed.isRunning && !followed.isOwn) {
      setStar(followed.cell, true);
      this._hasStar = true;
    }
    this.done = this._run().finally(() => {
      this.dispose();
    });
  }

  /** Resolves when nothing more will come. */
  readonly done: Promise<void>;

  /** Ask soon: something has happened to the block. */
  hurry(): void {
    this._wake();
  }

  protected override release(): void {
    this._endStar();
    this._wake();
  }

  private async _run(): Promise<void> {
    const { kernel, block } = this._followed;
    let ends = 0;
    let faults = 0;
    while (!this._isGone()) {
      const isLast = kernel.session !== block.session;
      if (!isLast) {
        kernel.keep(block.number);
        await pause(KEEP_MILLISECONDS);
      }
      const answer = await this._kept.ask();
      if (this._isGone() || answer === 'unknown' || (isKept(answer) && !this._apply(answer))) {
        return;
      }
      ends += this._hasEnded ? 1 : 0;
      faults = answer === 'unreachable' ? faults + 1 : 0;
      if (isLast || ends > MOST_ENDS || faults > MOST_FAULTS) {
        return;
      }
      await this._rest();
    }
  }

  /** Bring what is kept into the cell; returns whether more may come. */
  private _apply(kept: IKept): boolean {
    const { cell, block, isOld } = this._followed;
    const shown = cell.outputs.toJSON() as readonly Output[];
    if (this._hasPut && !shown.some(output => recordOf(output)?.number === block.number)) {
      return false; // somebody has cleared it
    }
    const next = caughtUp(shown, kept.outputs, block, isOld);
    if (next !== null) {
      put(cell, shown, next);
      this._hasPut = true;
    }
    bringCount(cell, block, this._followed.count);
    this._hasEnded = !kept.isRunning;
    const record = kept.outputs.map(recordOf).find(one => one !== null) ?? null;
    if (this._hasEnded || (record !== null && record.status !== 'running')) {
      this._endStar();
    }
    return kept.isRunning || record === null || !isOver(record);
  }

  /** Wait until it is worth asking again. */
  private async _rest(): Promise<void> {
    if (this._hasEnded) {
      await pause(END_MILLISECONDS);
      return;
    }
    await pause(SHORTEST_MILLISECONDS);
    if (!this._hasNews && !this._isGone()) {
      await new Promise<void>(resolve => {
        const timer = window.setTimeout(resolve, LONGEST_MILLISECONDS);
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
    if (SHOWING.has(message.header.msg_type)) {
      this._wake();
    }
  }

  /** Whether there is nothing to follow any more. */
  private _isGone(): boolean {
    return this.isDisposed || this._followed.cell.isDisposed;
  }

  private _endStar(): void {
    const { cell } = this._followed;
    if (this._hasStar && !cell.isDisposed) {
      setStar(cell, false);
    }
    this._hasStar = false;
  }

  private readonly _followed: IFollowed;
  private readonly _kept: KeptOutputs;
  private _wake: () => void = () => {
    this._hasNews = true;
  };
  private _hasNews = false;
  private _hasStar = false;
  private _hasPut = false;
  private _hasEnded = false;
}

function isKept(answer: Answer): answer is IKept {
  return typeof answer === 'object';
}

/** Give a cell the number that it had when *block*, which it shows, has run. */
export function bringCount(cell: ICodeCellModel, block: IBlockIdentity, count: number): void {
  const due = caughtUpCount(cell.executionCount, lastRecord(cell), block, count);
  if (due !== null) {
    cell.executionCount = due;
  }
}

/** The record of the last block that a cell shows; null: it shows none. */
export function lastRecord(cell: ICodeCellModel): IRecord | null {
  for (let place = cell.outputs.length - 1; place >= 0; place -= 1) {
    const output = cell.outputs.get(place);
    const record = recordOf({ output_type: output.type, data: output.data });
    if (record !== null) {
      return record;
    }
  }
  return null;
}

/** Change a cell's outputs, no more than is needed. */
function put(cell: ICodeCellModel, shown: readonly Output[], next: readonly Output[]): void {
  const { outputs } = cell;
  const change = changeOf(shown, next);
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
