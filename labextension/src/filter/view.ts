/** The filter bar and the list of lines below it. */
import { lineCount } from './lines';
import { hasSameMatches, isSameQuery, type IQuery } from './matches';
import type { FilterRows } from './rows';
import type { ITranslationBundle } from '../core/translation';
import { createElement } from '../core/components/elements';
import { FilterBar, type IFilterSettings } from './barview';
import { FilterList } from './listview';

// A search that ends sooner needs no progress.
const PROGRESS_AFTER_MILLISECONDS = 300;

/** Callbacks of the view. */
export interface IFilterListener {
  /** The user wants to search for something else. */
  changed(): void;
  closed(): void;
}

/** The filter of one output. */
export class FilterView {
  constructor(settings: IFilterSettings, trans: ITranslationBundle, listener: IFilterListener) {
    this._trans = trans;
    this._asked = settings.query;
    this.bar = new FilterBar(settings, trans, {
      changed: () => {
        this._onChange();
        listener.changed();
      },
      stepped: step => {
        this._step(step);
      },
      closed: () => {
        listener.closed();
      }
    });
    this._list = new FilterList(trans);
    this.element = createElement('div', 'et-OutputFilter');
    // Keys are input for the bar and the list, not shortcuts of JupyterLab.
    this.element.dataset['lmSuppressShortcuts'] = 'true';
    this.element.append(this.bar.node, this._list.node);
    this.element.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !event.isComposing) {
        event.preventDefault();
        event.stopPropagation();
        listener.closed();
      } else if (event.key === 'F3') {
        event.preventDefault();
        event.stopPropagation();
        this._step(event.shiftKey ? -1 : 1);
      }
    });
  }

  readonly element: HTMLElement;
  readonly bar: FilterBar;

  /** Whether the focus is in the filter. */
  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  /** Show a search result; *isSame*: the query is the same, and only the text may have changed. */
  show(rows: FilterRows, query: IQuery, isSame: boolean): void {
    const isAll = query.text === '' || !query.isOnlyMatching;
    const count = rows.matches.lines.length;
    const before = this._query;
    const isKept = before !== null && hasSameMatches(before, query) && this._current !== null;
    this._rows = rows;
    this._query = query;
    this._endSearch();
    // The user may have changed the query since: the keys pressed after that are for its result.
    this._isOutdated = !isSameQuery(query, this._asked);
    this._list.show(rows, isSame || isAll);
    if (!isKept) {
      this._current = isAll && count > 0 && !isSame ? rows.matchFrom(this._list.first) : null;
    } else if ((this._current ?? 0) >= count) {
      this._current = null;
    }
    // Do not move the list while the user is reading it.
    this._list.mark(this._current, !isSame);
    this._showCount();
    this._stepNow();
  }

  /** Keep the last result, because the query cannot be searched for. */
  keepResult(): void {
    this._endSearch();
    this._steps = 0;
    this._showCount();
  }

  /** Show progress if the search is still running in a while. */
  startSearch(): void {
    this._progressTimer ??= window.setTimeout(() => {
      this.showProgress(0);
    }, PROGRESS_AFTER_MILLISECONDS);
  }

  /** Show that a search is running; *part* of it is done. */
  showProgress(part: number): void {
    const percent = Math.floor(part * 100);
    this.bar.showStatus(this._trans.__('Searching… %1 %', percent), true);
  }

  /** Remove the filter from the page. */
  dispose(): void {
    this._endSearch();
    this._list.dispose();
    this.element.remove();
  }

  private _onChange(): void {
    const { query } = this.bar.settings;
    if (!hasSameMatches(query, this._asked)) {
      this._steps = 0;
    }
    this._asked = query;
    this._isOutdated = true;
  }

  /** Go to another match, or as soon as the search is done. */
  private _step(step: 1 | -1): void {
    this._steps += step;
    this._stepNow();
  }

  private _stepNow(): void {
    const rows = this._rows;
    const count = rows?.matches.lines.length ?? 0;
    if (this._isOutdated || this._steps === 0) {
      return;
    }
    const steps = this._steps;
    this._steps = 0;
    if (rows === null || count === 0) {
      return;
    }
    if (this._current === null) {
      const first = rows.matchFrom(this._list.first);
      // The first step down leads to the first match in view.
      this._current = remainder(steps > 0 ? first + steps - 1 : first + steps, count);
    } else {
      this._current = remainder(this._current + steps, count);
    }
    this._list.mark(this._current, true);
    this._showCount();
  }

  private _endSearch(): void {
    this._isOutdated = false;
    window.clearTimeout(this._progressTimer ?? undefined);
    this._progressTimer = null;
  }

  private _showCount(): void {
    this.bar.showStatus(
      this._rows === null ? '' : describeCount(this._rows, this._query, this._current, this._trans)
    );
  }

  private readonly _trans: ITranslationBundle;
  private readonly _list: FilterList;
  private _rows: FilterRows | null = null;
  private _query: IQuery | null = null;
  // What the bar contains, which may not have been searched for yet.
  private _asked: IQuery;
  private _current: number | null = null;
  private _isOutdated = true;
  private _steps = 0;
  private _progressTimer: number | null = null;
}

/** Return the remainder of a division, which is not negative. */
function remainder(dividend: number, divisor: number): number {
  return ((dividend % divisor) + divisor) % divisor;
}

/** Return the number of lines, and which match is the current one. */
export function describeCount(
  { lines, matches }: FilterRows,
  query: IQuery | null,
  current: number | null,
  trans: ITranslationBundle
): string {
  const total = lineCount(lines);
  const all = total.toLocaleString();
  if (query === null || query.text === '') {
    return trans._n('%2 line', '%2 lines', total, all);
  }
  const found = matches.lines.length.toLocaleString();
  const counted = trans._n('%2 of %3 line', '%2 of %3 lines', total, found, all);
  return current === null
    ? counted
    : trans.__('Match %1 · %2', (current + 1).toLocaleString(), counted);
}
