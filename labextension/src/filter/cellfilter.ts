/** The output filter of one cell in one panel of its notebook. */
import type { CodeCell, ICodeCellModel } from '@jupyterlab/cells';
import type { ServerConnection } from '@jupyterlab/services';

import { ExpressionError, compileQuery, hasSameMatches, isSameQuery, type IQuery } from './matches';
import { FilterRows } from './rows';
import type { ITextSource } from './searcher';
import type { StreamName } from '../core/outputtext';
import type { ITranslationBundle } from '../core/translation';
import { FilterView } from './view';
import type { IFilterSettings } from './barview';
import type { INotebookBlocks } from '../core/tokens';
import { Disposable } from '../core/disposable';
import { SearchClient } from './searchclient';
import { OutputReader } from './outputreader';
import { cellElement } from '../core/notebook/cells';

const CELL_CLASS = 'et-mod-filtered';
// Rarely enough for fast typing, and for output that is followed.
const TYPING_MILLISECONDS = 120;
const OUTPUT_MILLISECONDS = 300;

/** What the filter of a cell needs. */
export interface IFilterParts {
  readonly blocks: INotebookBlocks;
  readonly server: ServerConnection.ISettings;
  readonly trans: ITranslationBundle;
  /** Called when the user has closed the filter; *hadFocus*: it had the focus. */
  closed(hadFocus: boolean): void;
}

/** The filter bar of one cell, and the lines that it shows in place of the output. */
export class CellFilter extends Disposable {
  constructor(cell: CodeCell, settings: IFilterSettings, options: IFilterParts) {
    super();
    const { blocks, server, trans } = options;
    this._trans = trans;
    this._reader = new OutputReader(blocks, server, trans);
    this._view = new FilterView(settings, trans, {
      changed: () => {
        this._searchLater(TYPING_MILLISECONDS);
      },
      closed: () => {
        options.closed(this._view.hasFocus);
      }
    });
    this._client = new SearchClient({
      searching: part => {
        if (part > 0) {
          this._view.showProgress(part);
        }
      },
      found: (lines, matches, query) => {
        const isSame = query === this._shownQuery;
        this._shownQuery = query;
        this._view.bar.showError('');
        this._view.show(new FilterRows(lines, matches, query), query, isSame);
      },
      tookTooLong: () => {
        this._hasTimedOut = true;
        this._showError(trans.__('This expression takes too long.'), true);
      },
      failed: problem => {
        this._showError(trans.__('The output cannot be searched: %1', problem), false);
      }
    });
    this._view.bar.showStatus(trans.__('Reading…'), true);
    this.moveTo(cell);
    void this._search();
  }

  /** What to search for. */
  get settings(): IFilterSettings {
    return this._view.bar.settings;
  }

  /** Focus the bar as soon as it is in the page. */
  focus(): void {
    this._wantsFocus = true;
    this._takeFocus();
  }

  /** Show only matching lines, or all lines. */
  setOnlyMatching(isOnly: boolean): void {
    this._view.bar.setOnlyMatching(isOnly);
  }

  /** Move to *cell*, which is a new widget of the same cell in the notebook. */
  moveTo(cell: CodeCell): void {
    this._followModel(cell.model);
    if (this._cell !== cell || !cell.node.contains(this._view.element)) {
      this._detach();
      this._cell = cell;
      void this._attach(cell);
    }
  }

  protected override release(): void {
    window.clearTimeout(this._timer ?? undefined);
    this._client.dispose();
    this._followModel(null);
    this._detach();
    this._view.dispose();
  }

  /**
   * Attach the view to the footer as a plain element; badges.ts explains why it is not a widget.
   */
  private async _attach(cell: CodeCell): Promise<void> {
    await cell.ready; // a placeholder has no footer
    if (this.isDisposed || cell.isDisposed || this._cell !== cell) {
      return;
    }
    cellElement(cell, 'Footer').append(this._view.element);
    cell.node.classList.add(CELL_CLASS);
    this._takeFocus();
  }

  private _takeFocus(): void {
    if (this._wantsFocus && this._view.element.isConnected) {
      this._wantsFocus = false;
      this._view.bar.focus();
    }
  }

  private _detach(): void {
    this._cell?.node.classList.remove(CELL_CLASS);
  }

  private _followModel(model: ICodeCellModel | null): void {
    if (this._model === model) {
      return;
    }
    this._model?.outputs.changed.disconnect(this._onOutputs, this);
    this._model?.outputs.stateChanged.disconnect(this._onOutputs, this);
    this._model = model;
    model?.outputs.changed.connect(this._onOutputs, this);
    model?.outputs.stateChanged.connect(this._onOutputs, this);
    if (this._shownQuery !== null && model !== null) {
      this._onOutputs();
    }
  }

  /** Follow text appended to streams, which does not change the list of outputs. */
  private _followTexts({ outputs }: ICodeCellModel): void {
    for (let index = 0; index < outputs.length; index += 1) {
      outputs.get(index).streamText?.changed.connect(this._onOutputs, this);
    }
  }

  private _onOutputs(): void {
    this._isOutdated = true;
    this._searchLater(OUTPUT_MILLISECONDS);
  }

  private _searchLater(milliseconds: number): void {
    if (milliseconds === TYPING_MILLISECONDS) {
      window.clearTimeout(this._timer ?? undefined);
      this._timer = null;
    }
    this._timer ??= window.setTimeout(() => {
      this._timer = null;
      void this._search();
    }, milliseconds);
  }

  /** Search for what the bar contains, in the output as it is now. */
  private async _search(): Promise<void> {
    this._searchNumber += 1;
    const number = this._searchNumber;
    const { query, streams } = this.settings;
    if (!this._canSearch(query)) {
      return;
    }
    if (this._isOutdated || streams.join() !== this._streams) {
      this._isOutdated = false;
      this._streams = streams.join();
      this._reading = this._read(streams);
    }
    const sources = await this._reading;
    if (this.isDisposed || number !== this._searchNumber) {
      return;
    }
    // The same query for another text stays the same object, which identifies its result.
    if (this._query === null || !isSameQuery(this._query, query)) {
      this._query = query;
    }
    this._view.startSearch();
    this._client.search(this._query, sources === this._sources ? null : sources);
    this._sources = sources;
  }

  private async _read(streams: readonly StreamName[]): Promise<readonly ITextSource[]> {
    if (this._model === null) {
      return [];
    }
    this._followTexts(this._model);
    const { sources, note } = await this._reader.read(this._model, streams);
    this._view.bar.showNote(note);
    return sources;
  }

  /** Whether the query can be searched for; otherwise the last result stays. */
  private _canSearch(query: IQuery): boolean {
    if (this._hasTimedOut && this._query !== null && hasSameMatches(query, this._query)) {
      this._view.keepResult();
      return false; // it would take too long again
    }
    this._hasTimedOut = false;
    return this._isValid(query);
  }

  private _isValid(query: IQuery): boolean {
    try {
      compileQuery(query);
      return true;
    } catch (error) {
      if (!(error instanceof ExpressionError)) {
        throw error;
      }
      this._client.stop();
      this._showError(this._trans.__('Invalid regular expression: %1.', error.message), true);
      return false;
    }
  }

  private _showError(problem: string, isInvalid: boolean): void {
    this._view.bar.showError(problem, isInvalid);
    this._view.keepResult();
  }

  private readonly _trans: ITranslationBundle;
  private readonly _reader: OutputReader;
  private readonly _client: SearchClient;
  private readonly _view: FilterView;
  private _cell: CodeCell | null = null;
  private _model: ICodeCellModel | null = null;
  private _query: IQuery | null = null;
  private _shownQuery: IQuery | null = null;
  private _streams = '';
  private _isOutdated = true;
  private _hasTimedOut = false;
  private _wantsFocus = false;
  private _searchNumber = 0;
  private _reading: Promise<readonly ITextSource[]> = Promise.resolve([]);
  private _sources: readonly ITextSource[] = [];
  private _timer: number | null = null;
}
