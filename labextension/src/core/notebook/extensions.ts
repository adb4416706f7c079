/** Views: what a part shows in each view of the notebooks that are ours. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';

import type { IBlockTracker } from '../tokens';
import type { NotebookBlocks } from './notebookblocks';

/** One thing for each view, as long as its notebook is ours. */
export class NotebookExtensions<T extends IDisposable> {
  /** Follow the views of *tracker*; *known* says which are ours, *make* makes what is shown. */
  constructor(
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    create: (panel: NotebookPanel, blocks: NotebookBlocks) => T
  ) {
    this._blockTracker = blockTracker;
    this._create = create;
    blockTracker.changed.connect((_, panel) => {
      this._update(panel);
    });
    // A further view of a notebook that is known already.
    tracker.widgetAdded.connect((_, panel) => {
      void panel.context.ready.then(() => {
        this._update(panel);
      });
    });
    tracker.forEach(panel => {
      this._update(panel);
    });
  }

  /** What is shown in *panel*; undefined: it is not ours. */
  get(panel: NotebookPanel): T | undefined {
    return this._extensions.get(panel)?.made;
  }

  private _update(panel: NotebookPanel): void {
    const blocks = this._blockTracker.get(panel);
    const before = this._extensions.get(panel);
    if (before?.blocks === blocks || (before === undefined && blocks === null)) {
      return;
    }
    before?.made.dispose();
    this._extensions.delete(panel);
    if (blocks !== null) {
      this._extensions.set(panel, { made: this._create(panel, blocks), blocks });
    }
  }

  private readonly _blockTracker: IBlockTracker;
  private readonly _create: (panel: NotebookPanel, blocks: NotebookBlocks) => T;
  private readonly _extensions = new Map<NotebookPanel, { made: T; blocks: NotebookBlocks }>();
}
