/** The tracker of EffectTalk notebooks. */
import type { INotebookModel, INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Signal, type ISignal } from '@lumino/signaling';

import type { LiveSessions } from '../livesessions';
import type { IBlockTracker } from '../tokens';
import { NotebookBlocks } from './notebookblocks';

const KERNEL = 'effecttalk';

/** Tracks which open notebooks have an EffectTalk kernel. */
export class BlockTracker implements IBlockTracker {
  /** *tracker* tracks all notebooks, *liveSessions* which blocks are running. */
  constructor(tracker: INotebookTracker, liveSessions: LiveSessions) {
    this._liveSessions = liveSessions;
    tracker.widgetAdded.connect((_, panel) => void this._add(panel));
    tracker.forEach(panel => void this._add(panel));
  }

  get changed(): ISignal<this, NotebookPanel> {
    return this._changed;
  }

  get(panel: NotebookPanel): NotebookBlocks | null {
    const model = panel.isDisposed ? null : panel.model;
    return (model && this._blocks.get(model)) ?? null;
  }

  private async _add(panel: NotebookPanel): Promise<void> {
    await panel.context.ready;
    if (panel.isDisposed) {
      return;
    }
    this._panels.add(panel);
    panel.sessionContext.kernelChanged.connect(this._update.bind(this, panel));
    panel.model?.metadataChanged.connect(this._update.bind(this, panel));
    panel.disposed.connect(() => {
      this._remove(panel);
    });
    this._models.set(panel, panel.model);
    this._update(panel);
  }

  /** Create or dispose the blocks of a notebook, depending on its kernel. */
  private _update(panel: NotebookPanel): void {
    const model = panel.isDisposed ? null : panel.model;
    if (model === null) {
      return;
    }
    const blocks = this._blocks.get(model);
    if (isEffectTalk(panel) === (blocks !== undefined)) {
      return;
    }
    if (blocks === undefined) {
      this._blocks.set(model, new NotebookBlocks(model, panel.sessionContext, this._liveSessions));
    } else {
      this._blocks.delete(model);
      blocks.dispose();
    }
    // A notebook may be open in several panels.
    this._panels.forEach(other => {
      if (this._models.get(other) === model) {
        this._changed.emit(other);
      }
    });
  }

  private _remove(panel: NotebookPanel): void {
    this._panels.delete(panel);
    const model = this._models.get(panel) ?? null;
    const isShown = [...this._panels].some(other => this._models.get(other) === model);
    if (model !== null && !isShown) {
      this._blocks.get(model)?.dispose();
      this._blocks.delete(model);
    }
    this._changed.emit(panel);
  }

  private readonly _liveSessions: LiveSessions;
  private readonly _panels = new Set<NotebookPanel>();
  private readonly _models = new WeakMap<NotebookPanel, INotebookModel | null>();
  private readonly _blocks = new Map<INotebookModel, NotebookBlocks>();
  private readonly _changed = new Signal<this, NotebookPanel>(this);
}

/**
 * Whether the notebook's kernel is EffectTalk; without a kernel, whether it was when it was saved.
 */
function isEffectTalk(panel: NotebookPanel): boolean {
  const kernel = panel.sessionContext.session?.kernel;
  const saved = panel.model?.getMetadata('kernelspec') as { name?: unknown } | undefined;
  const name = kernel?.name ?? saved?.name;
  return typeof name === 'string' && name.split('-')[0] === KERNEL;
}
