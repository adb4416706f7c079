/**
 * Kernel blocks: what the kernel of a notebook tells of its blocks, over a comm.
 *
 * All pages of a kernel share one comm: what is said on it reaches every page anyway, and
 * a page that is closed leaves none behind. docs/comms.md has the messages.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { LiveSessions } from '../model/alive';
import type { ITold } from '../model/state';
import { readMessage, type IBlockState, type Message } from '../model/told';

export const TARGET = 'effecttalk.blocks';
const GONE: ReadonlySet<Kernel.Status> = new Set([
  'restarting',
  'autorestarting',
  'terminating',
  'dead'
]);

/** A block that has ended; *isNews*: just now, and not before this page came. */
export interface IEnded {
  readonly block: IBlockState;
  readonly isNews: boolean;
}

/** What one kernel tells. */
export class KernelBlocks implements IDisposable {
  /** *alive* is told which blocks run. */
  constructor(sessionContext: ISessionContext, alive: LiveSessions) {
    this._sessionContext = sessionContext;
    this._alive = alive;
    sessionContext.kernelChanged.connect(this._reconnect, this);
    sessionContext.statusChanged.connect(this._onStatus, this);
    this._reconnect();
  }

  /** Identity of the kernel's session; '' until it has told. */
  get session(): string {
    return this._session;
  }

  /** What happens to a cell, as far as the kernel has told. */
  told(cell: string): ITold | null {
    return this._told.get(cell) ?? null;
  }

  /** Emitted when what is told of any cell has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted with a block whose end the notebook may have missed. */
  get ended(): ISignal<this, IEnded> {
    return this._ended;
  }

  /** Emitted with the record of a block that was asked for. */
  get recorded(): ISignal<this, IBlockState> {
    return this._recorded;
  }

  /** Emitted with all that the kernel says, when it is noted here. */
  get heard(): ISignal<this, Message> {
    return this._heard;
  }

  /** Ask the kernel for the record of a block. */
  ask(number: number): void {
    this._comm?.send({ command: 'record', block: number });
  }

  /** Ask the kernel to put into the store now what a block has printed so far. */
  keep(number: number): void {
    this._comm?.send({ command: 'keep', block: number });
  }

  /** Ask the kernel to tell everything again. */
  askAll(): void {
    this._comm?.send({ command: 'state' });
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._forget();
    Signal.clearData(this);
  }

  private _onStatus(_: ISessionContext, status: Kernel.Status): void {
    if (GONE.has(status)) {
      this._forget();
    } else if (status === 'idle' && !this._hasAsked) {
      this._reconnect();
    }
  }

  private _reconnect(): void {
    this._forget();
    const kernel = this._sessionContext.session?.kernel;
    if (kernel) {
      // Once: it is idle again behind every answer, perhaps before that is here.
      this._hasAsked = true;
      const connection = this._connection;
      this._connect(kernel, connection).catch((error: unknown) => {
        // One that goes away while it is asked has a successor, which is asked.
        if (this._isCurrent(kernel, connection)) {
          console.warn('EffectTalk: the kernel does not tell of its blocks', error);
        }
      });
    }
  }

  private async _connect(kernel: Kernel.IKernelConnection, connection: number): Promise<void> {
    const reply = await kernel.requestCommInfo({ target_name: TARGET });
    if (!this._isCurrent(kernel, connection)) {
      return;
    }
    const open = reply.content.status === 'ok' ? Object.keys(reply.content.comms) : [];
    const shared = open.find(identity => !kernel.hasComm(identity));
    const comm = kernel.createComm(TARGET, shared);
    comm.onMsg = message => {
      this._take(message);
    };
    this._comm = comm;
    if (shared === undefined) {
      comm.open();
    } else {
      comm.send({ command: 'state' });
    }
  }

  private _isCurrent(kernel: Kernel.IKernelConnection, connection: number): boolean {
    const current = this._sessionContext.session?.kernel;
    return !this._isDisposed && connection === this._connection && current === kernel;
  }

  private _take(message: KernelMessage.ICommMsgMsg): void {
    const said = readMessage(message.content.data);
    if (said !== null) {
      this._note(said);
    }
  }

  private _note(said: Message): void {
    switch (said.event) {
      case 'state':
        this._noteAll(said.session, said.count, said.blocks, said.queued);
        break;
      case 'block':
        this._noteBlock(said.block, true);
        break;
      case 'unqueued':
        for (const cell of said.cells) {
          if (this._told.get(cell)?.activity === 'queued') {
            this._told.delete(cell);
          }
        }
        break;
      case 'record':
        this._recorded.emit(said.block);
        this._alive.end(this._session, said.block.number);
        break;
    }
    this._heard.emit(said);
    this._changed.emit();
  }

  private _noteAll(
    session: string,
    count: number,
    blocks: readonly IBlockState[],
    queued: readonly string[]
  ): void {
    this._told.clear();
    if (session !== this._session) {
      this._alive.forget(this._session);
    }
    this._session = session;
    this._alive.know(
      session,
      count,
      blocks.filter(block => block.status === 'running').map(block => block.number)
    );
    queued.forEach(cell => this._told.set(cell, { activity: 'queued', number: null }));
    blocks.forEach(block => {
      this._noteBlock(block, false);
    });
  }

  private _noteBlock(block: IBlockState, isNews: boolean): void {
    const { cell, number, status, isWaiting } = block;
    if (status === 'running') {
      this._alive.wait(this._session, number, isWaiting);
      if (cell !== null) {
        this._told.set(cell, { activity: isWaiting ? 'waiting' : 'running', number });
      }
      return;
    }
    // A cell's next block may be told already: only the last one counts.
    if (cell !== null && (this._told.get(cell)?.number ?? number) <= number) {
      this._told.delete(cell);
    }
    this._ended.emit({ block, isNews });
  }

  private _forget(): void {
    this._connection += 1;
    this._hasAsked = false;
    this._comm?.dispose();
    this._comm = null;
    this._told.clear();
    this._alive.forget(this._session);
    this._session = '';
    this._changed.emit();
  }

  private readonly _sessionContext: ISessionContext;
  private readonly _alive: LiveSessions;
  private readonly _told = new Map<string, ITold>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _ended = new Signal<this, IEnded>(this);
  private readonly _recorded = new Signal<this, IBlockState>(this);
  private readonly _heard = new Signal<this, Message>(this);
  private _comm: Kernel.IComm | null = null;
  private _session = '';
  private _connection = 0;
  private _hasAsked = false;
  private _isDisposed = false;
}
