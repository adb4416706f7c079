/** Tokens: what one part of the extension offers to the others. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { NotebookBlocks } from './notebook/notebookblocks';

/** The blocks of open notebooks whose kernel is ours. */
export interface IBlockTracker {
  /** Return the blocks of a notebook; null: it is not ours, or not any more. */
  get(panel: NotebookPanel): NotebookBlocks | null;

  /** Emitted with a notebook that has become ours, or is not ours any more. */
  readonly changed: ISignal<IBlockTracker, NotebookPanel>;
}

export const IBlockTracker = new Token<IBlockTracker>(
  'effecttalk:IBlocks',
  'The blocks of open notebooks of EffectTalk.'
);

/** The command that shows the panel. */
export const SHOW_PANEL = 'effecttalk:show-panel';
