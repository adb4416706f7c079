/** Views: what a part shows in each view of the notebooks that are ours. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';

import type { IBlocks } from '../tokens';
import type { NotebookBlocks } from './notebookblocks';

/** One thing for each view, as long as its notebook is ours. */
export class Views<T extends IDisposable> {
  /** Follow the views of *tracker*; *known* says which are ours, *make* makes what is shown. */
  constructor(
    tracker: INotebookTracker,
    known: IBlocks,
    make: (panel: NotebookPanel, blocks: NotebookBlocks) => T
  ) {
    this._known = known;
    this._make = make;
    known.changed.connect((_, panel) => {
      this._show(panel);
    });
    // A further view of a notebook that is known already.
    tracker.widgetAdded.connect((_, panel) => {
      void panel.context.ready.then(() => {
        this._show(panel);
      });
    });
    tracker.forEach(panel => {
      this._show(panel);
    });
  }

  /** What is shown in *panel*; undefined: it is not ours. */
  of(panel: NotebookPanel): T | undefined {
    return this._shown.get(panel)?.made;
  }

  private _show(panel: NotebookPanel): void {
    const blocks = this._known.of(panel);
    const before = this._shown.get(panel);
    if (before?.blocks === blocks || (before === undefined && blocks === null)) {
      return;
    }
    before?.made.dispose();
    this._shown.delete(panel);
    if (blocks !== null) {
      this._shown.set(panel, { made: this._make(panel, blocks), blocks });
    }
  }

  private readonly _known: IBlocks;
  private readonly _make: (panel: NotebookPanel, blocks: NotebookBlocks) => T;
  private readonly _shown = new Map<NotebookPanel, { made: T; blocks: NotebookBlocks }>();
}
