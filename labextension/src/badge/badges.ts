/** Badges: one for each code cell of a notebook that is shown, and a voice for what happens. */
import { CodeCell, type Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { badgeNumber, cellWords } from '../core/outcome';
import { wordsWithPin } from '../core/pins';
import { isActive } from '../core/cellstate';
import type { ITranslate } from '../core/translation';
import { badgeElement, showBadge } from './view';
import type { ICellView, NotebookBlocks } from '../core/notebook/notebookblocks';
import { Disposable } from '../core/disposable';
import { partOf } from '../core/notebook/cells';

// What ends sooner than it can be read aloud is not announced, unless it failed.
const ANNOUNCED_SECONDS = 2;

/** The badges in one view of a notebook. */
export class Badges extends Disposable {
  /** Show what *blocks* tell of the cells of *panel*. */
  constructor(panel: NotebookPanel, blocks: NotebookBlocks, trans: ITranslate) {
    super();
    this._panel = panel;
    this._blocks = blocks;
    this._trans = trans;
    this._voice = document.createElement('div');
    this._voice.className = 'et-Voice';
    this._voice.setAttribute('role', 'status');
    panel.node.append(this._voice);
    blocks.changed.connect(this._update, this);
    panel.content.modelContentChanged.connect(this._attachAll, this);
    panel.content.modelChanged.connect(this._attachAll, this);
    this._attachAll();
  }

  protected override release(): void {
    this._voice.remove();
    this._panel.content.widgets.forEach(cell => {
      this._elements.get(cell)?.remove();
    });
  }

  /** Give every code cell its badge that has none. */
  private _attachAll(): void {
    for (const cell of this._panel.content.widgets) {
      if (cell instanceof CodeCell && !this._elements.has(cell)) {
        const element = badgeElement();
        this._elements.set(cell, element);
        this._show(cell, element);
        void this._attach(cell, element);
      }
    }
  }

  /**
   * Put a badge into a cell, as a plain element of its header.
   *
   * Not as a widget: a cell outside of the window takes the nodes of its widgets out of the
   * page, and those of others with them.
   */
  private async _attach(cell: Cell, element: HTMLElement): Promise<void> {
    await cell.ready; // a placeholder has no header
    if (cell.isDisposed || this.isDisposed) {
      return;
    }
    partOf(cell, 'Header').append(element);
  }

  private _update(_: NotebookBlocks, changed: ReadonlySet<string>): void {
    for (const cell of this._panel.content.widgets) {
      const element = changed.has(cell.model.id) ? this._elements.get(cell) : undefined;
      if (element !== undefined) {
        this._show(cell, element);
      }
    }
  }

  private _show(cell: Cell, element: HTMLElement): void {
    const view = this._blocks.view(cell.model.id);
    const words = cellWords(view.state, view.record, this._trans);
    const before = this._shown.get(cell);
    this._shown.set(cell, view);
    showBadge(element, {
      ...view,
      number: badgeNumber(view.state, view.record),
      words: wordsWithPin(words, view.isPinned, this._trans)
    });
    if (before !== undefined && isNews(before, view)) {
      const place = this._panel.content.widgets.indexOf(cell) + 1;
      this._voice.textContent = this._trans.__('Cell %1: %2', place, words);
    }
  }

  private readonly _panel: NotebookPanel;
  private readonly _blocks: NotebookBlocks;
  private readonly _trans: ITranslate;
  private readonly _voice: HTMLElement;
  private readonly _elements = new WeakMap<Cell, HTMLElement>();
  private readonly _shown = new WeakMap<Cell, ICellView>();
}

/** Whether somebody who can't see the cell should hear of this change. */
function isNews(before: ICellView, { state, record }: ICellView): boolean {
  if (state === 'waiting') {
    return before.state !== 'waiting';
  }
  const hasEnded = isActive(before.state) && !isActive(state) && state !== 'none';
  const isLong = (record?.durationSeconds ?? 0) >= ANNOUNCED_SECONDS;
  return hasEnded && (isLong || state !== 'success');
}
