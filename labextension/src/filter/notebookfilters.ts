/** Filters: the bars of one view of a notebook, each in its cell. */
import { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ServerConnection } from '@jupyterlab/services';

import type { ITranslate } from '../core/translation';
import type { IWish } from './barview';
import type { NotebookBlocks } from '../core/notebook/notebookblocks';
import { Disposable } from '../core/disposable';
import { CellFilter } from './cellfilter';
import { focusCell } from '../core/notebook/cells';

const FIRST: IWish = {
  question: {
    text: '',
    isExpression: false,
    isCaseMatched: false,
    isInverted: false,
    context: 0,
    isOnlyMatching: true
  },
  streams: ['stdout', 'stderr']
};

/** What all bars of a page share: what was looked for last is there again in the next. */
export interface IShared {
  readonly server: ServerConnection.ISettings;
  readonly trans: ITranslate;
  wish: IWish | null;
}

/** The bars that are open in one view of a notebook. */
export class NotebookFilters extends Disposable {
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _blocks: NotebookBlocks,
    private readonly _shared: IShared
  ) {
    super();
    _panel.content.modelContentChanged.connect(this._place, this);
  }

  /** Open the bar of a cell, or go to it; *isOnlyMatching*: other lines are left out. */
  open(cell: CodeCell, isOnlyMatching: boolean): void {
    const { id } = cell.model;
    let filter = this._filters.get(id);
    if (filter === undefined) {
      const { question, streams } = this._shared.wish ?? FIRST;
      const wish = { question: { ...question, isOnlyMatching }, streams };
      filter = new CellFilter(cell, wish, {
        blocks: this._blocks,
        server: this._shared.server,
        trans: this._shared.trans,
        closed: hadFocus => {
          this._close(id, hadFocus);
        }
      });
      this._filters.set(id, filter);
    } else {
      filter.setOnlyMatching(isOnlyMatching);
    }
    filter.focus();
  }

  protected override release(): void {
    this._panel.content.modelContentChanged.disconnect(this._place, this);
    this._filters.forEach(filter => {
      filter.dispose();
    });
    this._filters.clear();
  }

  private _close(id: string, hadFocus: boolean): void {
    const filter = this._filters.get(id);
    this._filters.delete(id);
    if (filter !== undefined) {
      this._shared.wish = filter.wish;
      filter.dispose();
    }
    if (hadFocus) {
      focusCell(this._panel);
    }
  }

  /** Have each bar where its cell is now. */
  private _place(): void {
    if (this._filters.size === 0 || this._panel.isDisposed) {
      return;
    }
    const cells = new Map(this._panel.content.widgets.map(cell => [cell.model.id, cell]));
    for (const [id, filter] of this._filters) {
      const cell = cells.get(id);
      if (cell instanceof CodeCell) {
        filter.place(cell);
      } else {
        this._close(id, false);
      }
    }
  }

  private readonly _filters = new Map<string, CellFilter>();
}
