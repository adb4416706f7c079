/** Tokens and interfaces that one part of the extension offers to the others. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { CellState, ICellActivity } from './cellstate';
import type { ILocation } from './kernel/environment';
import type { BlocksMessage, IBlockState } from './kernel/messages';
import type { IQuestion } from './kernel/question';
import type { IRecord } from './record';

/** The block of a cell, as a badge shows it. */
export interface ICellStatus {
  readonly state: CellState;
  readonly record: IRecord | null;
  readonly isPinned: boolean;
}

/** A block that has finished. */
export interface IBlockEnd {
  readonly block: IBlockState;
  /** Whether it has finished just now, and not before this page was opened. */
  readonly isNew: boolean;
}

/** What the kernel of a notebook reports about its blocks, and what can be asked of it. */
export interface IKernelBlocks {
  /** ID of the kernel's session; '' until the kernel has sent it. */
  readonly session: string;

  /** The question that has not been answered yet. */
  readonly question: IQuestion | null;

  /** The shell's working directory; null until the kernel has sent it. */
  readonly location: ILocation | null;

  /** Emitted when the activity of any cell may have changed. */
  readonly changed: ISignal<IKernelBlocks, void>;

  /** Emitted with a block whose end the notebook may have missed. */
  readonly blockEnded: ISignal<IKernelBlocks, IBlockEnd>;

  /** Emitted with the record of a block, after `requestRecord`. */
  readonly recordReceived: ISignal<IKernelBlocks, IBlockState>;

  /** Emitted with every message from the kernel, after it has been applied here. */
  readonly messageReceived: ISignal<IKernelBlocks, BlocksMessage>;

  /** Return what a cell is doing; null if it is not active. */
  activityOf(cell: string): ICellActivity | null;

  /** Answer a question; the kernel takes the first answer. */
  answer(question: IQuestion, text: string): void;

  /** Ask the kernel for the record of a block. */
  requestRecord(block: number): void;

  /** Ask the kernel to write what a block has printed so far to the store now. */
  requestFlush(block: number): void;

  /** Ask the kernel for the shell's environment after the last block. */
  requestEnvironment(): void;

  /** Ask the kernel to send its whole state again. */
  requestState(): void;

  /** Terminate what a block has left running. Raises Error with the kernel's message. */
  endProcesses(block: number): Promise<void>;
}

/** The blocks of one notebook, in however many panels it is open. */
export interface INotebookBlocks {
  /** Whether the notebook is closed or has got another kernel. */
  readonly isDisposed: boolean;

  /** What the notebook's kernel reports. */
  readonly kernel: IKernelBlocks;

  /** ID of the kernel's session; '' until the kernel has sent it. */
  readonly session: string;

  /** Emitted with the IDs of the cells whose status has changed; none if only the session has. */
  readonly changed: ISignal<INotebookBlocks, ReadonlySet<string>>;

  /** Return the status of a cell's block. */
  status(cell: string): ICellStatus;

  /** Whether this page has sent an execute request for a cell and has no reply yet. */
  isScheduled(cell: string): boolean;
}

/** The blocks of the open notebooks that have an EffectTalk kernel. */
export interface IBlockTracker {
  /** Return the blocks of a notebook; null if its kernel is another one. */
  get(panel: NotebookPanel): INotebookBlocks | null;

  /** Emitted with a panel whose notebook has got an EffectTalk kernel, or another one since. */
  readonly changed: ISignal<IBlockTracker, NotebookPanel>;
}

export const IBlockTracker = new Token<IBlockTracker>(
  'effecttalk:IBlockTracker',
  'Tracks the blocks of open EffectTalk notebooks.'
);

/** The command that shows the panel. */
export const SHOW_PANEL = 'effecttalk:show-panel';
