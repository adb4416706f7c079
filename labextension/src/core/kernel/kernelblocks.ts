/** What the kernel of a notebook reports about its blocks over the comm `effecttalk.blocks`. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { JSONObject } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';

import type { ICellActivity } from '../cellstate';
import { Disposable } from '../disposable';
import type { LiveSessions } from '../livesessions';
import type { IBlockEnd } from '../tokens';
import type { ILocation } from './environment';
import { readMessage, type BlocksMessage, type IBlockState } from './messages';
import type { IQuestion } from './question';
import { SharedComm } from './sharedcomm';

export const TARGET = 'effecttalk.blocks';

/** The blocks of one kernel; docs/comms.md describes the messages. */
export class KernelBlocks extends Disposable {
  /** *liveSessions* is updated with the blocks that are running. */
  constructor(sessionContext: ISessionContext, liveSessions: LiveSessions) {
    super();
    this._liveSessions = liveSessions;
    this._comm = new SharedComm(TARGET, sessionContext);
    this._comm.messageReceived.connect(this._onMessage, this);
    this._comm.disconnected.connect(this._reset, this);
  }

  /** ID of the kernel's session; '' until the kernel has sent it. */
  get session(): string {
    return this._session;
  }

  /** Return what a cell is doing; null if it is not active. */
  activityOf(cell: string): ICellActivity | null {
    // The block has not started: until the user consents, the kernel reports its cell as queued.
    const needsConsent = this._question?.cell === cell && this._question.block === null;
    return needsConsent ? { state: 'waiting', number: null } : (this._activities.get(cell) ?? null);
  }

  /** The question that has not been answered yet. */
  get question(): IQuestion | null {
    return this._question;
  }

  /** The shell's working directory; null until the kernel has sent it. */
  get location(): ILocation | null {
    return this._location;
  }

  /** Answer a question; the kernel takes the first answer. */
  answer({ number }: IQuestion, text: string): void {
    this._comm.send({ command: 'answer', question: number, text });
  }

  /** Emitted when the activity of any cell may have changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted with a block whose end the notebook may have missed. */
  get blockEnded(): ISignal<this, IBlockEnd> {
    return this._blockEnded;
  }

  /** Emitted with the record of a block, after `requestRecord`. */
  get recordReceived(): ISignal<this, IBlockState> {
    return this._recordReceived;
  }

  /** Emitted with every message from the kernel, after it has been applied here. */
  get messageReceived(): ISignal<this, BlocksMessage> {
    return this._messageReceived;
  }

  /** Ask the kernel for the record of a block. */
  requestRecord(number: number): void {
    this._comm.send({ command: 'record', block: number });
  }

  /** Ask the kernel to write what a block has printed so far to the store now. */
  requestFlush(number: number): void {
    this._comm.send({ command: 'keep', block: number });
  }

  /** Terminate what a block has left running. Rejects with the kernel's error message. */
  endProcesses(number: number): Promise<void> {
    return this._comm.request({ command: 'end', block: number });
  }

  /** Ask the kernel for the shell's environment after the last block. */
  requestEnvironment(): void {
    this._comm.send({ command: 'environment' });
  }

  /** Ask the kernel to send its whole state again. */
  requestState(): void {
    this._comm.send({ command: 'state' });
  }

  protected override release(): void {
    this._comm.dispose();
  }

  private _onMessage(_: SharedComm, data: JSONObject): void {
    const message = readMessage(data);
    if (message?.event === 'ping') {
      this._comm.send({ command: 'here' });
    } else if (message !== null) {
      this._handle(message);
    }
  }

  private _handle(message: BlocksMessage): void {
    switch (message.event) {
      case 'state':
        this._question = message.question;
        this._handleState(message.session, message.count, message.blocks, message.queued);
        break;
      case 'block':
        this._handleBlock(message.block, true);
        break;
      case 'question':
        this._question = message.question;
        break;
      case 'place':
        this._location = message.location;
        break;
      case 'unqueued':
        for (const cell of message.cells) {
          if (this._activities.get(cell)?.state === 'queued') {
            this._activities.delete(cell);
          }
        }
        break;
      case 'record':
        this._recordReceived.emit(message.block);
        this._liveSessions.markEnded(this._session, message.block.number);
        break;
    }
    this._messageReceived.emit(message);
    this._changed.emit();
  }

  private _handleState(
    session: string,
    count: number,
    blocks: readonly IBlockState[],
    queued: readonly string[]
  ): void {
    this._activities.clear();
    if (session !== this._session) {
      this._liveSessions.remove(this._session);
    }
    this._session = session;
    this._liveSessions.update(
      session,
      count,
      blocks.filter(block => block.status === 'running').map(block => block.number)
    );
    queued.forEach(cell => this._activities.set(cell, { state: 'queued', number: null }));
    blocks.forEach(block => {
      this._handleBlock(block, false);
    });
  }

  private _handleBlock(block: IBlockState, isNew: boolean): void {
    const { cell, number, status, isWaiting } = block;
    if (status === 'running') {
      this._liveSessions.setWaiting(this._session, number, isWaiting);
      if (cell !== null) {
        this._activities.set(cell, { state: isWaiting ? 'waiting' : 'running', number });
      }
      return;
    }
    // The next block of the cell may have been reported already: only the last one counts.
    if (cell !== null && (this._activities.get(cell)?.number ?? number) <= number) {
      this._activities.delete(cell);
    }
    this._blockEnded.emit({ block, isNew });
  }

  private _reset(): void {
    this._activities.clear();
    this._liveSessions.remove(this._session);
    this._session = '';
    this._question = null;
    this._location = null;
    this._changed.emit();
  }

  private readonly _liveSessions: LiveSessions;
  private readonly _comm: SharedComm;
  private readonly _activities = new Map<string, ICellActivity>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _blockEnded = new Signal<this, IBlockEnd>(this);
  private readonly _recordReceived = new Signal<this, IBlockState>(this);
  private readonly _messageReceived = new Signal<this, BlocksMessage>(this);
  private _session = '';
  private _question: IQuestion | null = null;
  private _location: ILocation | null = null;
}
