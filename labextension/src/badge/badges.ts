/** A badge for each code cell, and announcements for screen readers. */
import { CodeCell, type Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { isActive } from '../core/cellstate';
import { Disposable } from '../core/disposable';
import { cellElement } from '../core/notebook/cells';
import type { INotebookBlocks } from '../core/tokens';
import { describeCell, exitStatusLabel } from '../core/outcome';
import { describeWithPin } from '../core/pins';
import type { ICellStatus } from '../core/tokens';
import type { ITranslationBundle } from '../core/translation';
import { createBadge, updateBadge } from './view';

// A block that finishes sooner is announced only if it failed: it ends before it could be read
// aloud.
const ANNOUNCE_AFTER_SECONDS = 2;

/** The badges in one panel of a notebook. */
export class Badges extends Disposable {
  /** Show the status of *blocks* in the cells of *panel*. */
  constructor(panel: NotebookPanel, blocks: INotebookBlocks, trans: ITranslationBundle) {
    super();
    this._panel = panel;
    this._blocks = blocks;
    this._trans = trans;
    this._announcer = document.createElement('div');
    this._announcer.className = 'et-ScreenReaderOnly';
    this._announcer.setAttribute('role', 'status');
    panel.node.append(this._announcer);
    blocks.changed.connect(this._update, this);
    panel.content.modelContentChanged.connect(this._attachAll, this);
    panel.content.modelChanged.connect(this._attachAll, this);
    this._attachAll();
  }

  protected override release(): void {
    this._announcer.remove();
    this._panel.content.widgets.forEach(cell => {
      this._elements.get(cell)?.remove();
    });
  }

  /** Add a badge to every code cell that has none. */
  private _attachAll(): void {
    for (const cell of this._panel.content.widgets) {
      if (cell instanceof CodeCell && !this._elements.has(cell)) {
        const element = createBadge();
        this._elements.set(cell, element);
        this._show(cell, element);
        void this._attach(cell, element);
      }
    }
  }

  /**
   * Add a badge to a cell, as a plain element of its header.
   *
   * It is not a widget: a cell that is scrolled out of view takes the nodes of its widgets out of
   * the page, and disposing a widget there fails.
   */
  private async _attach(cell: Cell, element: HTMLElement): Promise<void> {
    await cell.ready; // a placeholder has no header
    if (cell.isDisposed || this.isDisposed) {
      return;
    }
    cellElement(cell, 'Header').append(element);
  }

  private _update(_: INotebookBlocks, changed: ReadonlySet<string>): void {
    for (const cell of this._panel.content.widgets) {
      const element = changed.has(cell.model.id) ? this._elements.get(cell) : undefined;
      if (element !== undefined) {
        this._show(cell, element);
      }
    }
  }

  private _show(cell: Cell, element: HTMLElement): void {
    const status = this._blocks.status(cell.model.id);
    const description = describeCell(status.state, status.record, this._trans);
    const before = this._statuses.get(cell);
    this._statuses.set(cell, status);
    updateBadge(element, {
      ...status,
      number: exitStatusLabel(status.state, status.record),
      description: describeWithPin(description, status.isPinned, this._trans)
    });
    if (before !== undefined && shouldAnnounce(before, status)) {
      const index = this._panel.content.widgets.indexOf(cell) + 1;
      this._announcer.textContent = this._trans.__('Cell %1: %2', index, description);
    }
  }

  private readonly _panel: NotebookPanel;
  private readonly _blocks: INotebookBlocks;
  private readonly _trans: ITranslationBundle;
  private readonly _announcer: HTMLElement;
  private readonly _elements = new WeakMap<Cell, HTMLElement>();
  private readonly _statuses = new WeakMap<Cell, ICellStatus>();
}

/** Whether a screen reader should announce this change. */
function shouldAnnounce(before: ICellStatus, { state, record }: ICellStatus): boolean {
  if (state === 'waiting') {
    return before.state !== 'waiting';
  }
  const hasEnded = isActive(before.state) && !isActive(state) && state !== 'none';
  const isLong = (record?.durationSeconds ?? 0) >= ANNOUNCE_AFTER_SECONDS;
  return hasEnded && (isLong || state !== 'success');
}
