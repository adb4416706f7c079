/** Front: the notebook that somebody works in, if it is ours. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IBlocks } from '../tokens';
import { Outline } from './blocklist';

/** Follows which notebook is in front, and what is in it. */
export class Front {
  /** Watch the notebooks of *tracker*; *known* says which ones are ours. */
  constructor(tracker: INotebookTracker, known: IBlocks) {
    this._known = known;
    tracker.currentChanged.connect((_, panel) => {
      this._follow(panel);
    });
    known.changed.connect((_, panel) => {
      if (panel === tracker.currentWidget) {
        this._follow(panel);
      }
    });
    this._follow(tracker.currentWidget);
  }

  /** What is in the notebook in front; null: it is not ours, or there is none. */
  get outline(): Outline | null {
    return this._outline;
  }

  /** Emitted when another notebook is in front, or anything in it may be different. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  private _follow(panel: NotebookPanel | null): void {
    const blocks = panel === null ? null : this._known.of(panel);
    const before = this._outline;
    if (blocks !== null && before?.panel === panel && before.blocks === blocks) {
      return;
    }
    before?.dispose();
    this._outline = null;
    if (panel !== null && blocks !== null) {
      this._outline = new Outline(panel, blocks);
      this._outline.changed.connect(() => {
        this._changed.emit();
      });
    }
    this._changed.emit();
  }

  private readonly _known: IBlocks;
  private readonly _changed = new Signal<this, void>(this);
  private _outline: Outline | null = null;
}
