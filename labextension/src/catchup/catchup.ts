/** Catch-up: adds output that a notebook has missed to its cells. */
import type { ISessionContext } from '@jupyterlab/apputils';
import { isCodeCellModel, type ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import { ServerConnection, type Kernel } from '@jupyterlab/services';

import { isFinished, type IBlockId } from './model';
import type { IRecord } from '../core/record';
import type { IBlockState, BlocksMessage } from '../core/kernel/messages';
import type { INotebookBlocks } from '../core/tokens';
import { Disposable } from '../core/disposable';
import type { IKernelBlocks } from '../core/tokens';
import { updateCount, Follower, lastRecord } from './follower';
import { isRunByPage, setRunning } from './executionstate';

/** What may have been lost before the page noticed that its connection was interrupted. */
interface IConnectionLoss {
  /** Blocks that were running or printing then, as far as the page knew. */
  readonly live: ReadonlySet<number>;
  /** The newest block that the page knew. */
  readonly newest: number;
  /** Cells whose end the page waited for. */
  readonly cells: ReadonlySet<string>;
}

/** Finds what one notebook has missed. */
export class CatchUp extends Disposable {
  /** Complete the cells of *model* by what the kernel of *blocks* reports. */
  constructor(model: INotebookModel, sessionContext: ISessionContext, blocks: INotebookBlocks) {
    super();
    this._model = model;
    this._sessionContext = sessionContext;
    this._blocks = blocks;
    const { kernel } = blocks;
    this._kernel = kernel;
    this._settings = ServerConnection.makeSettings();
    kernel.messageReceived.connect(this._onMessage, this);
    sessionContext.kernelChanged.connect(this._onKernelChanged, this);
    sessionContext.connectionStatusChanged.connect(this._onConnection, this);
    if (kernel.session !== '') {
      kernel.requestState();
    }
  }

  protected override release(): void {
    this._followers.forEach(follower => {
      follower.dispose();
    });
    this._followers.clear();
  }

  /** Expect the first state of another kernel, which shows what was missed. */
  private _onKernelChanged(): void {
    this._isWaitingForState = true;
    this._queued.clear();
    this._cut.clear();
    this._live.clear();
    this._newest = 0;
    this._loss = null;
  }

  private _onConnection(_: ISessionContext, status: Kernel.ConnectionStatus): void {
    if (status === 'connected' && this._loss !== null) {
      this._isWaitingForState = true;
      this._kernel.requestState();
    } else if (status !== 'connected' && this._kernel.session !== '') {
      const cells = [...this._model.cells].filter(
        cell => isCodeCellModel(cell) && this._isRunByPage(cell)
      );
      this._loss ??= {
        live: new Set(this._live),
        newest: this._newest,
        cells: new Set(cells.map(cell => cell.id))
      };
    }
  }

  private _onMessage(_: IKernelBlocks, message: BlocksMessage): void {
    // Other pages request the state as well, and the answers reach all pages.
    if (message.event === 'state' && this._isWaitingForState) {
      this._isWaitingForState = false;
      const loss = this._loss;
      this._loss = null;
      // Cells that another page has run, or this one before it was reloaded; one may wait for
      // consent.
      const { question } = message;
      const asking = question?.block === null && question.cell !== null ? [question.cell] : [];
      [...message.queued, ...asking].forEach(cell => {
        const model = this._findCell(cell);
        if (model !== null && !this._isRunByPage(model)) {
          this._queued.add(cell);
        }
      });
      const blocks = [...message.blocks].sort((one, other) => one.number - other.number);
      blocks.forEach(block => {
        this._checkBlock(block, loss);
      });
      const isIdle = asking.length === 0 && blocks.every(block => block.status !== 'running');
      if (loss !== null && isIdle) {
        this._clearRunning(loss, new Set(message.queued));
      }
      blocks.forEach(this._trackBlock, this);
    } else if (message.event === 'block') {
      this._trackBlock(message.block);
      this._onBlock(message.block);
    }
  }

  private _trackBlock({ number, status }: IBlockState): void {
    this._newest = Math.max(this._newest, number);
    if (status === 'running' || status === 'background') {
      this._live.add(number);
    } else {
      this._live.delete(number);
    }
  }

  /** Mark cells as not running if the message about their end was lost. */
  private _clearRunning({ cells }: IConnectionLoss, queued: ReadonlySet<string>): void {
    cells.forEach(identity => {
      const cell = this._findCell(identity);
      if (cell !== null && this._isRunByPage(cell) && !queued.has(identity)) {
        setRunning(cell, false);
      }
    });
  }

  /** Follow a block if the notebook may have missed some of its output. */
  private _checkBlock(block: IBlockState, loss: IConnectionLoss | null): void {
    const isLost = loss !== null && (loss.live.has(block.number) || block.number > loss.newest);
    const cell = this._findCell(block.cell);
    if (cell === null) {
      return;
    }
    if (this._isRunByPage(cell) && block.status === 'running') {
      // Its messages still reach the cell, except for those that were lost.
      this._cut.add(block.number);
    } else if (isLost || this._isOutdated(lastRecord(cell), block)) {
      this._follow(cell, block);
    } else if (!this._isRunByPage(cell)) {
      updateCount(cell, this._blockId(block), block.count);
    }
  }

  private _onBlock(block: IBlockState): void {
    const cell = this._findCell(block.cell);
    const wasQueued = this._queued.has(block.cell ?? '');
    const wasCut = block.status !== 'running' && this._cut.delete(block.number);
    if (cell !== null && (wasCut || (wasQueued && !this._isRunByPage(cell)))) {
      this._follow(cell, block);
    }
    if (block.cell !== null && block.status !== 'running') {
      this._queued.delete(block.cell);
    }
    this._followers.get(block.number)?.wake();
  }

  /** Whether a cell whose last record is *last* may have missed output of a block. */
  private _isOutdated(last: IRecord | null, block: IBlockState): boolean {
    if (last === null || !this._isOfKernel(last) || last.number < block.number) {
      return true;
    }
    return last.number === block.number && (!isFinished(last) || last.status !== block.status);
  }

  private _isOfKernel(record: IRecord): boolean {
    return (record.session ?? this._kernel.session) === this._kernel.session;
  }

  private _blockId({ number }: IBlockState): IBlockId {
    return { session: this._kernel.session, number };
  }

  private _follow(cell: ICodeCellModel, block: IBlockState): void {
    if (this.isDisposed || this._followers.has(block.number)) {
      return;
    }
    const last = lastRecord(cell);
    const follower = new Follower({
      cell,
      block: this._blockId(block),
      count: block.count,
      isRunning: block.status === 'running',
      isRunByPage: this._isRunByPage(cell),
      isOutdated:
        !this._isRunByPage(cell) &&
        (last === null || last.number !== block.number || !isFinished(last)),
      kernel: this._kernel,
      messages: this._sessionContext.iopubMessage,
      settings: this._settings
    });
    this._followers.set(block.number, follower);
    void follower.done.finally(() => {
      this._followers.delete(block.number);
    });
  }

  private _findCell(identity: string | null): ICodeCellModel | null {
    const models = identity === null ? [] : [...this._model.cells];
    const cell = models.find(model => model.id === identity);
    return cell !== undefined && isCodeCellModel(cell) ? cell : null;
  }

  private _isRunByPage(cell: ICodeCellModel): boolean {
    return isRunByPage(cell, this._blocks);
  }

  private readonly _model: INotebookModel;
  private readonly _blocks: INotebookBlocks;
  private readonly _sessionContext: ISessionContext;
  private readonly _kernel: IKernelBlocks;
  private readonly _settings: ServerConnection.ISettings;
  private readonly _followers = new Map<number, Follower>();
  /** Cells that were queued when this page was opened, which will not receive messages. */
  private readonly _queued = new Set<string>();
  /** Blocks that were running while the connection was interrupted. */
  private readonly _cut = new Set<number>();
  /**
   * Blocks that are running or printing, and the newest of all, as far as the kernel has reported.
   */
  private readonly _live = new Set<number>();
  private _newest = 0;
  private _isWaitingForState = true;
  /** What may have been lost; null unless the connection was interrupted. */
  private _loss: IConnectionLoss | null = null;
}
