/**
 * The list of lines, of which only those in view are in the page.
 *
 * A browser cannot scroll through some long outputs line by line: then each pixel of the scroll bar
 * stands for several rows.
 */
import { lineAt, lineCount } from './lines';
import { matchMarks } from './matches';
import { firstVisibleRow, listHeight, scrollTopFor, type FilterRows, type IViewport } from './rows';
import type { ITranslationBundle } from '../core/translation';
import { createElement } from '../core/components/elements';

const EXTRA_ROWS = 4;
// How much is shown of a line, and how much of that before its first match.
const MAX_CHARACTERS = 2_000;
const CHARACTERS_BEFORE = 200;
const MARGIN_ROWS = 3;

/** A list of lines. */
export class FilterList {
  constructor(trans: ITranslationBundle) {
    this._trans = trans;
    this.node = createElement('div', 'et-Lines');
    this.node.tabIndex = 0; // so that it can be scrolled with the keyboard
    this.node.setAttribute('role', 'list');
    this.node.setAttribute('aria-label', trans.__('Lines of the output'));
    this._sample = createElement('div', 'et-Line', '0');
    this._sample.setAttribute('aria-hidden', 'true');
    this._sample.style.visibility = 'hidden';
    this._space = createElement('div', 'et-Lines-space');
    this._space.setAttribute('role', 'presentation');
    this._space.append(this._sample);
    this.node.append(this._space);
    this.node.addEventListener('scroll', () => {
      this._top = this.node.scrollTop;
      this._draw();
    });
    this._observer = new ResizeObserver(() => {
      this._onResize();
    });
    this._observer.observe(this.node);
    this._observer.observe(this._sample);
  }

  readonly node: HTMLElement;

  /** Index of the first row that is completely in view. */
  get first(): number {
    return Math.ceil(firstVisibleRow(this._viewport(), this._count) - 0.01);
  }

  /**
   * Set the rows, which are drawn when a match is marked.
   *
   * *isSame*: keep the scroll position, or stay at the end.
   */
  show(rows: FilterRows, isSame: boolean): void {
    const wasAtEnd = this._count > 0 && this._top >= this._height() - this.node.clientHeight - 1;
    this._rows = rows;
    this.node.style.setProperty('--et-digits', String(String(lineCount(rows.lines)).length));
    this.node.hidden = rows.count === 0;
    this._resize();
    const isScrolled = this._top > 0;
    this._scroll(isSame ? (wasAtEnd && isScrolled ? this._height() : this._top) : 0);
  }

  /** Mark one of the matches; null for none. *isRevealed*: scroll to it. */
  mark(match: number | null, isRevealed: boolean): void {
    this._current = match;
    if (isRevealed && match !== null && this._rows !== null) {
      this._reveal(this._rows.indexOf(match));
    }
    this._draw();
  }

  /** Stop observing the list. */
  dispose(): void {
    this._observer.disconnect();
  }

  private get _count(): number {
    return this._rows?.count ?? 0;
  }

  /**
   * Called when the list is back in the page or has a new size: browsers reset its scroll position.
   */
  private _onResize(): void {
    const height = this._sample.getBoundingClientRect().height;
    if (height === 0) {
      return;
    }
    if (height !== this._rowHeight) {
      const { first } = this;
      this._rowHeight = height;
      this._resize();
      this._top = scrollTopFor(first, this._viewport(), this._count);
    }
    this._scroll(this._top);
    this._draw();
  }

  private _resize(): void {
    this._space.style.height = `${this._height()}px`;
  }

  private _height(): number {
    return listHeight(this._count, this._rowHeight);
  }

  private _viewport(): IViewport {
    return { top: this._top, height: this.node.clientHeight, rowHeight: this._rowHeight };
  }

  private _scroll(top: number): void {
    this.node.scrollTop = top;
    // An element outside of the page cannot be scrolled: keep the position for later.
    this._top = this.node.isConnected ? this.node.scrollTop : top;
  }

  private _reveal(index: number): void {
    const rows = this.node.clientHeight / this._rowHeight;
    const first = firstVisibleRow(this._viewport(), this._count);
    if (index < first || index + 1 > first + rows) {
      const first = Math.max(0, index - Math.max(MARGIN_ROWS, rows / 3));
      this._scroll(scrollTopFor(first, this._viewport(), this._count));
    }
    this.node.scrollLeft = 0;
  }

  private _draw(): void {
    const rows = this._rows;
    if (rows === null) {
      return;
    }
    const first = firstVisibleRow(this._viewport(), rows.count);
    const begin = Math.max(0, Math.floor(first) - EXTRA_ROWS);
    const end = Math.min(
      rows.count,
      Math.ceil(first + this.node.clientHeight / this._rowHeight) + EXTRA_ROWS
    );
    const drawn: HTMLElement[] = [];
    for (let index = begin; index < end; index += 1) {
      const row = this._createRow(rows, index);
      row.style.transform = `translateY(${this._top + (index - first) * this._rowHeight}px)`;
      drawn.push(row);
    }
    this._space.replaceChildren(this._sample, ...drawn);
  }

  private _createRow(rows: FilterRows, index: number): HTMLElement {
    const row = rows.at(index);
    const node = createElement('div', 'et-Line');
    if (row.kind === 'gap') {
      node.classList.add('et-mod-gap');
      node.setAttribute('role', 'presentation');
      node.textContent = '--';
      return node;
    }
    const isError = rows.lines.isError[row.line] === 1;
    const isCurrent = row.match !== null && row.match === this._current;
    node.setAttribute('role', 'listitem');
    node.setAttribute('aria-setsize', String(rows.count));
    node.setAttribute('aria-posinset', String(index + 1));
    node.classList.toggle('et-mod-match', row.match !== null);
    node.classList.toggle('et-mod-error', isError);
    node.classList.toggle('et-mod-current', isCurrent);
    if (isCurrent) {
      node.setAttribute('aria-current', 'true');
    }
    node.append(createElement('span', 'et-Line-number', String(row.line + 1)));
    if (isError) {
      node.title = this._trans.__('Standard error');
      node.append(createElement('span', 'et-ScreenReaderOnly', this._trans.__('Standard error')));
    }
    node.append(createLineText(lineAt(rows.lines, row.line), this._marks(rows, row.match)));
    return node;
  }

  private _marks(rows: FilterRows, match: number | null): [number, number][] {
    return match === null ? [] : matchMarks(rows.matches, match);
  }

  private readonly _trans: ITranslationBundle;
  private readonly _space: HTMLElement;
  private readonly _sample: HTMLElement;
  private readonly _observer: ResizeObserver;
  private _rows: FilterRows | null = null;
  private _current: number | null = null;
  private _rowHeight = 17;
  private _top = 0;
}

/** Return a new element with a line and its marks; of a very long line, only a part. */
export function createLineText(
  line: string,
  marks: readonly (readonly [number, number])[]
): HTMLElement {
  const node = createElement('span', 'et-Line-text');
  const isLong = line.length > MAX_CHARACTERS;
  const first = isLong ? (marks[0]?.[0] ?? 0) - CHARACTERS_BEFORE : 0;
  const begin = Math.max(0, Math.min(first, line.length - MAX_CHARACTERS));
  const end = Math.min(line.length, begin + MAX_CHARACTERS);
  let done = begin;
  node.append(begin > 0 ? '…' : '');
  for (const [from, to] of marks) {
    const [first, last] = [Math.max(from, done), Math.min(to, end)];
    if (first < last) {
      node.append(
        line.slice(done, first),
        createElement('mark', 'et-Line-mark', line.slice(first, last))
      );
      done = last;
    }
  }
  node.append(line.slice(done, end), end < line.length ? '…' : '');
  return node;
}
