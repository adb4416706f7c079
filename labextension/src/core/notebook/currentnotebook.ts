/** The notebook in which the user is working. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IBlockTracker } from '../tokens';
import { BlockListModel } from './blocklist';

/** Follows which notebook is current, and what is in it. */
export class CurrentNotebook {
  constructor(tracker: INotebookTracker, blockTracker: IBlockTracker) {
    this._blockTracker = blockTracker;
    tracker.currentChanged.connect((_, panel) => {
      this._follow(panel);
    });
    blockTracker.changed.connect((_, panel) => {
      if (panel === tracker.currentWidget) {
        this._follow(panel);
      }
    });
    this._follow(tracker.currentWidget);
  }

  /** The blocks of the current notebook; null if it has no EffectTalk kernel, or there is none. */
  get blockList(): BlockListModel | null {
    return this._blockList;
  }

  /** Emitted when another notebook is current, or anything in it may have changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  private _follow(panel: NotebookPanel | null): void {
    const blocks = panel === null ? null : this._blockTracker.get(panel);
    const before = this._blockList;
    if (blocks !== null && before?.panel === panel && before.blocks === blocks) {
      return;
    }
    before?.dispose();
    this._blockList = null;
    if (panel !== null && blocks !== null) {
      this._blockList = new BlockListModel(panel, blocks);
      this._blockList.changed.connect(() => {
        this._changed.emit();
      });
    }
    this._changed.emit();
  }

  private readonly _blockTracker: IBlockTracker;
  private readonly _changed = new Signal<this, void>(this);
  private _blockList: BlockListModel | null = null;
}
