/** What a feature adds to EffectTalk notebooks, for as long as they have an EffectTalk kernel. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';

import type { IBlockTracker, INotebookBlocks } from '../tokens';

/** Create what a feature adds to a notebook in one of its panels. */
export type CreateExtension<T extends IDisposable> = (
  panel: NotebookPanel,
  blocks: INotebookBlocks
) => T;

/** One extension for each panel: a notebook may be open in several. */
export class PanelExtensions<T extends IDisposable> {
  constructor(
    notebookTracker: INotebookTracker,
    blockTracker: IBlockTracker,
    create: CreateExtension<T>
  ) {
    this._blockTracker = blockTracker;
    this._create = create;
    blockTracker.changed.connect((_, panel) => {
      this._update(panel);
    });
    // Another panel of a notebook that is tracked already.
    notebookTracker.widgetAdded.connect((_, panel) => {
      void panel.context.ready.then(() => {
        this._update(panel);
      });
    });
    notebookTracker.forEach(panel => {
      this._update(panel);
    });
  }

  /** Return the extension of a panel; undefined if its kernel is another one. */
  get(panel: NotebookPanel): T | undefined {
    return this._extensions.get(panel)?.extension;
  }

  private _update(panel: NotebookPanel): void {
    const blocks = this._blockTracker.get(panel);
    const current = this._extensions.get(panel);
    if ((current?.blocks ?? null) === blocks) {
      return;
    }
    current?.extension.dispose();
    this._extensions.delete(panel);
    if (blocks !== null) {
      this._extensions.set(panel, { extension: this._create(panel, blocks), blocks });
    }
  }

  private readonly _blockTracker: IBlockTracker;
  private readonly _create: CreateExtension<T>;
  private readonly _extensions = new Map<
    NotebookPanel,
    { readonly extension: T; readonly blocks: INotebookBlocks }
  >();
}

/** Create one extension for each notebook, however many panels it is open in. */
export function extendNotebooks(
  notebookTracker: INotebookTracker,
  blockTracker: IBlockTracker,
  create: CreateExtension<IDisposable>
): void {
  const extensions = new Map<INotebookBlocks, IDisposable>();
  const update = (panel: NotebookPanel): void => {
    extensions.forEach((extension, blocks) => {
      if (blocks.isDisposed) {
        extension.dispose();
        extensions.delete(blocks);
      }
    });
    const blocks = blockTracker.get(panel);
    if (blocks !== null && !extensions.has(blocks)) {
      extensions.set(blocks, create(panel, blocks));
    }
  };
  blockTracker.changed.connect((_, panel) => {
    update(panel);
  });
  notebookTracker.forEach(update);
}
