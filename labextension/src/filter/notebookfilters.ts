/** The filters in one panel of a notebook. */
import { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ServerConnection } from '@jupyterlab/services';

import type { ITranslationBundle } from '../core/translation';
import type { IFilterSettings } from './barview';
import type { INotebookBlocks } from '../core/tokens';
import { Disposable } from '../core/disposable';
import { CellFilter } from './cellfilter';
import { focusActiveCell } from '../core/notebook/cells';

const DEFAULT_SETTINGS: IFilterSettings = {
  query: {
    text: '',
    isRegExp: false,
    isCaseMatched: false,
    isInverted: false,
    context: 0,
    isOnlyMatching: true
  },
  streams: ['stdout', 'stderr']
};

/** What all filters of a page share; a new filter starts with the settings of the last one. */
export interface ISharedFilter {
  readonly server: ServerConnection.ISettings;
  readonly trans: ITranslationBundle;
  settings: IFilterSettings | null;
}

/** The open filters of one panel, by cell. */
export class NotebookFilters extends Disposable {
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _blocks: INotebookBlocks,
    private readonly _shared: ISharedFilter
  ) {
    super();
    _panel.content.modelContentChanged.connect(this._moveFilters, this);
  }

  /** Open the filter of a cell, or focus it; *isOnlyMatching*: hide other lines. */
  open(cell: CodeCell, isOnlyMatching: boolean): void {
    const { id } = cell.model;
    let filter = this._filters.get(id);
    if (filter === undefined) {
      const { query, streams } = this._shared.settings ?? DEFAULT_SETTINGS;
      const settings = { query: { ...query, isOnlyMatching }, streams };
      filter = new CellFilter(cell, settings, {
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
    this._panel.content.modelContentChanged.disconnect(this._moveFilters, this);
    this._filters.forEach(filter => {
      filter.dispose();
    });
    this._filters.clear();
  }

  private _close(id: string, hadFocus: boolean): void {
    const filter = this._filters.get(id);
    this._filters.delete(id);
    if (filter !== undefined) {
      this._shared.settings = filter.settings;
      filter.dispose();
    }
    if (hadFocus) {
      focusActiveCell(this._panel);
    }
  }

  /** Move the filters to the current widgets of their cells. */
  private _moveFilters(): void {
    if (this._filters.size === 0 || this._panel.isDisposed) {
      return;
    }
    const cells = new Map(this._panel.content.widgets.map(cell => [cell.model.id, cell]));
    for (const [id, filter] of this._filters) {
      const cell = cells.get(id);
      if (cell instanceof CodeCell) {
        filter.moveTo(cell);
      } else {
        this._close(id, false);
      }
    }
  }

  private readonly _filters = new Map<string, CellFilter>();
}
