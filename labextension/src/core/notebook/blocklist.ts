/** The blocks of one notebook, as lists need them. */
import { type NotebookPanel } from '@jupyterlab/notebook';
import { Signal, type ISignal } from '@lumino/signaling';

import { toBlockItems, type IBlockItem } from '../blockitem';
import { Disposable } from '../disposable';
import { goToCell } from './cells';
import type { INotebookBlocks } from '../tokens';

// Often enough to look live, rarely enough to be cheap while many cells run.
const REFRESH_MILLISECONDS = 60;

/** Follows the blocks, cells and kernel of one notebook. */
export class BlockListModel extends Disposable {
  /** *blocks* are those of the notebook in *panel*. */
  constructor(
    readonly panel: NotebookPanel,
    readonly blocks: INotebookBlocks
  ) {
    super();
    blocks.changed.connect(this._refreshSoon, this);
    panel.model?.contentChanged.connect(this._refreshSoon, this);
    panel.content.activeCellChanged.connect(this._refreshSoon, this);
    panel.sessionContext.statusChanged.connect(this._refreshSoon, this);
    panel.sessionContext.kernelChanged.connect(this._refreshSoon, this);
  }

  /** Emitted when anything in the list may have changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The blocks in the order of their cells. */
  get items(): readonly IBlockItem[] {
    this._items ??= this._read();
    return this._items;
  }

  /** ID of the kernel's session; '' until the kernel has sent it. */
  get session(): string {
    return this.blocks.session;
  }

  /** ID of the active cell. */
  get activeCell(): string | null {
    return this.panel.content.activeCell?.model.id ?? null;
  }

  /** Whether there is a kernel that can run code. */
  get hasKernel(): boolean {
    const kernel = this.panel.sessionContext.session?.kernel;
    return kernel ? kernel.status !== 'dead' && kernel.status !== 'terminating' : false;
  }

  /** Scroll to the cell of a block and focus it. */
  goTo(item: IBlockItem): Promise<void> {
    return goToCell(this.panel, item.cell);
  }

  protected override release(): void {
    window.clearTimeout(this._timer ?? undefined);
  }

  private _refreshSoon(): void {
    this._timer ??= window.setTimeout(() => {
      this._timer = null;
      this._items = null;
      this._changed.emit();
    }, REFRESH_MILLISECONDS);
  }

  private _read(): readonly IBlockItem[] {
    const cells = this.panel.content.widgets.map(({ model }) => ({
      cell: model.id,
      source: model.type === 'code' ? model.sharedModel.getSource() : '',
      ...this.blocks.status(model.id)
    }));
    return toBlockItems(cells, this.session);
  }

  private readonly _changed = new Signal<this, void>(this);
  private _items: readonly IBlockItem[] | null = null;
  private _timer: number | null = null;
}
