/** Filter view: a bar and the lines that it is about, in place of a block's output. */
import { lineCount } from './lines';
import { hasSameMatches, type IQuery } from './matches';
import type { FilterRows } from './rows';
import type { ITranslationBundle } from '../core/translation';
import { createElement } from '../core/components/elements';
import { FilterBar, type IFilterSettings } from './barview';
import { FilterList } from './listview';

// What comes sooner needs no words.
const PROGRESS_AFTER_MILLISECONDS = 300;

/** Who listens to a view. */
export interface IFilterListener {
  /** Something else is looked for. */
  changed(): void;
  closed(): void;
}

/** What is looked for in one output, and what was found. */
export class FilterView {
  constructor(settings: IFilterSettings, trans: ITranslationBundle, listener: IFilterListener) {
    this._trans = trans;
    this.bar = new FilterBar(settings, trans, {
      changed: () => {
        this._isOutdated = true;
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
    // Keys are for the bar and the list, and none a shortcut of the page.
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

  /** Whether the keyboard is in it. */
  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  /** Show what was found; *isSame*: the question is, and only the text may be another. */
  show(rows: FilterRows, query: IQuery, isSame: boolean): void {
    const isAll = query.text === '' || !query.isOnlyMatching;
    const count = rows.matches.lines.length;
    const before = this._query;
    const isKept = before !== null && hasSameMatches(before, query) && this._current !== null;
    this._rows = rows;
    this._query = query;
    this._endSearch();
    this._list.show(rows, isSame || isAll);
    if (!isKept) {
      this._current = isAll && count > 0 && !isSame ? rows.matchFrom(this._list.first) : null;
    } else if ((this._current ?? 0) >= count) {
      this._current = null;
    }
    // What is followed is not moved, wherever somebody reads.
    this._list.mark(this._current, !isSame);
    this._showCount();
    this._stepNow();
  }

  /** Nothing new is shown: the question cannot be answered. */
  keepResult(): void {
    this._endSearch();
    this._steps = 0;
    this._showCount();
  }

  /** Say soon that it searches, if it still does then. */
  startSearch(): void {
    this._progressTimer ??= window.setTimeout(() => {
      this.showProgress(0);
    }, PROGRESS_AFTER_MILLISECONDS);
  }

  /** Say that it searches; *part* of it is done. */
  showProgress(part: number): void {
    const percent = Math.floor(part * 100);
    this.bar.showStatus(this._trans.__('Searching… %1 %', percent), true);
  }

  /** Take it out of the page. */
  dispose(): void {
    this._endSearch();
    this._list.dispose();
    this.element.remove();
  }

  /** Go to another match; of what is not found yet, as soon as it is. */
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
      this._current = steps > 0 ? first : (first - 1 + count) % count;
    } else {
      this._current = (((this._current + steps) % count) + count) % count;
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
  private _current: number | null = null;
  private _isOutdated = true;
  private _steps = 0;
  private _progressTimer: number | null = null;
}

/** Return how many lines there are, and which match is the current one. */
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
