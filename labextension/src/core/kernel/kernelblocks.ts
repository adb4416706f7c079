/** Kernel blocks: what the kernel of a notebook tells of its blocks; see docs/comms.md. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { JSONObject } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';

import type { LiveSessions } from '../livesessions';
import type { IQuestion } from '../../answer/model';
import type { IPlace } from './environment';
import type { ITold } from '../cellstate';
import { readMessage, type IBlockState, type Message } from './messages';
import { Disposable } from '../disposable';
import { SharedComm } from './sharedcomm';

export const TARGET = 'effecttalk.blocks';

/** A block that has ended; *isNews*: just now, and not before this page came. */
export interface IEnded {
  readonly block: IBlockState;
  readonly isNews: boolean;
}

/** What one kernel tells. */
export class KernelBlocks extends Disposable {
  /** *alive* is told which blocks run. */
  constructor(sessionContext: ISessionContext, alive: LiveSessions) {
    super();
    this._alive = alive;
    this._comm = new SharedComm(TARGET, sessionContext);
    this._comm.said.connect(this._take, this);
    this._comm.gone.connect(this._forget, this);
  }

  /** Identity of the kernel's session; '' until it has told. */
  get session(): string {
    return this._session;
  }

  /** What happens to a cell, as far as the kernel has told. */
  told(cell: string): ITold | null {
    // It asks whether its block may run: nothing else has been told of it but that it was queued.
    const isAsked = this._question?.cell === cell && this._question.block === null;
    return isAsked ? { activity: 'waiting', number: null } : (this._told.get(cell) ?? null);
  }

  /** What is asked and has no answer yet. */
  get question(): IQuestion | null {
    return this._question;
  }

  /** Where the shell is; null until that is told. */
  get place(): IPlace | null {
    return this._place;
  }

  /** Answer a question; of several answers the kernel takes the first. */
  answer({ number }: IQuestion, text: string): void {
    this._comm.say({ command: 'answer', question: number, text });
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
    this._comm.say({ command: 'record', block: number });
  }

  /** Ask the kernel to put into the store now what a block has printed so far. */
  keep(number: number): void {
    this._comm.say({ command: 'keep', block: number });
  }

  /** Have the kernel end the processes of a block that is over; fails with its reason. */
  end(number: number): Promise<void> {
    return this._comm.ask({ command: 'end', block: number });
  }

  /** Ask the kernel for the shell's environment, as the last block has left it. */
  askEnvironment(): void {
    this._comm.say({ command: 'environment' });
  }

  /** Ask the kernel to tell everything again. */
  askAll(): void {
    this._comm.say({ command: 'state' });
  }

  protected override release(): void {
    this._comm.dispose();
  }

  private _take(_: SharedComm, data: JSONObject): void {
    const said = readMessage(data);
    if (said !== null) {
      this._note(said);
    }
  }

  private _note(said: Message): void {
    switch (said.event) {
      case 'state':
        this._question = said.question;
        this._noteAll(said.session, said.count, said.blocks, said.queued);
        break;
      case 'block':
        this._noteBlock(said.block, true);
        break;
      case 'question':
        this._question = said.question;
        break;
      case 'place':
        this._place = said.place;
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
    this._told.clear();
    this._alive.forget(this._session);
    this._session = '';
    this._question = null;
    this._place = null;
    this._changed.emit();
  }

  private readonly _alive: LiveSessions;
  private readonly _comm: SharedComm;
  private readonly _told = new Map<string, ITold>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _ended = new Signal<this, IEnded>(this);
  private readonly _recorded = new Signal<this, IBlockState>(this);
  private readonly _heard = new Signal<this, Message>(this);
  private _session = '';
  private _question: IQuestion | null = null;
  private _place: IPlace | null = null;
}
