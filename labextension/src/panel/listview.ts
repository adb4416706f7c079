/**
 * The list of blocks, of which only the rows in view are in the page.
 *
 * The row with the focus stays in the page when it is scrolled out of view.
 */
import { type IBlockItem } from '../core/blockitem';
import { createBlockRow, updateBlockRow, updateDuration } from '../core/components/blockrow';
import { createElement } from '../core/components/elements';
import type { ITranslationBundle } from '../core/translation';
import { rowsInView } from './model';

export const ROW_PIXELS = 26;
const EXTRA_ROWS = 6;

/** A list box of blocks. */
export class BlockListView {
  /** *onSelect* is called with the block that the user wants to see. */
  constructor(
    trans: ITranslationBundle,
    label: string,
    private readonly _onSelect: (item: IBlockItem) => void
  ) {
    this._trans = trans;
    this.node = createElement('div', 'et-BlockList');
    this.node.setAttribute('role', 'listbox');
    this.node.setAttribute('aria-label', label);
    this._rows = createElement('div', 'et-BlockList-rows');
    this._rows.setAttribute('role', 'presentation');
    this.node.append(this._rows);
    this.node.addEventListener('scroll', () => {
      this._draw();
    });
    this.node.addEventListener('click', event => {
      this._select(this._indexOfRow(event.target));
    });
    this.node.addEventListener('focusin', event => {
      this._focusable = this._indexOfRow(event.target) ?? this._focusable;
      this._draw();
    });
    this.node.addEventListener('keydown', event => {
      this._onKey(event);
    });
    new ResizeObserver(() => {
      this._draw();
    }).observe(this.node);
  }

  readonly node: HTMLElement;

  /** Show these blocks; *current* is the ID of the active cell. */
  show(items: readonly IBlockItem[], current: string | null): void {
    const focused = this._items[this._focusable]?.cell;
    const hasFocus = this.hasFocus();
    const hasMoved = current !== this._current;
    this._items = items;
    this._current = current;
    this._rows.style.height = `${items.length * ROW_PIXELS}px`;
    const index = this._indexOf(current);
    if (hasFocus) {
      this._focusable = Math.max(0, this._indexOf(focused ?? null));
    } else {
      this._focusable = Math.max(0, index);
      if (hasMoved && index >= 0) {
        this._reveal(index);
      }
    }
    this._draw();
    if (hasFocus && !this.hasFocus()) {
      this._focus(this._focusable);
    }
  }

  /** Update the durations. */
  tick(): void {
    for (const [cell, row] of this._shown) {
      const item = this._items[this._indexOf(cell)];
      if (item !== undefined) {
        updateDuration(row, item, this._trans);
      }
    }
  }

  /** Focus the row that is in the tab order. */
  focus(): void {
    this._focus(this._focusable);
  }

  /** Whether the focus is on a row. */
  hasFocus(): boolean {
    return this.node.contains(document.activeElement);
  }

  private _draw(): void {
    const view = { top: this.node.scrollTop, height: this.node.clientHeight, row: ROW_PIXELS };
    const { first, end } = rowsInView(view, this._items.length, EXTRA_ROWS);
    const items = new Set(this._items.slice(first, end));
    const focusable = this._items[this._focusable];
    if (focusable !== undefined) {
      items.add(focusable);
    }
    const cells = new Set([...items].map(item => item.cell));
    for (const [cell, row] of this._shown) {
      if (!cells.has(cell)) {
        row.remove();
        this._shown.delete(cell);
      }
    }
    for (const item of items) {
      this._updateRow(item);
    }
  }

  private _updateRow(item: IBlockItem): void {
    const index = this._indexes().get(item.cell) ?? 0;
    let row = this._shown.get(item.cell);
    if (row === undefined) {
      row = createBlockRow();
      row.setAttribute('role', 'option');
      row.dataset['cell'] = item.cell;
      this._shown.set(item.cell, row);
      this._rows.append(row);
    }
    row.style.transform = `translateY(${index * ROW_PIXELS}px)`;
    row.tabIndex = index === this._focusable ? 0 : -1;
    row.setAttribute('aria-setsize', String(this._items.length));
    row.setAttribute('aria-posinset', String(index + 1));
    row.setAttribute('aria-selected', String(item.cell === this._current));
    updateBlockRow(row, item, this._trans);
  }

  private _onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW_PIXELS) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this._items.length,
      End: this._items.length
    };
    const step = steps[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    if (step !== undefined) {
      const index = Math.min(this._items.length - 1, Math.max(0, this._focusable + step));
      this._focus(index);
    } else if (event.key === 'Enter' || event.key === ' ') {
      this._select(this._focusable);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private _focus(index: number): void {
    const item = this._items[index];
    if (item !== undefined) {
      this._focusable = index;
      this._reveal(index);
      this._draw();
      this._shown.get(item.cell)?.focus({ preventScroll: true });
    }
  }

  private _reveal(index: number): void {
    const { scrollTop, clientHeight } = this.node;
    const top = index * ROW_PIXELS;
    if (top < scrollTop) {
      this.node.scrollTop = top;
    } else if (top + ROW_PIXELS > scrollTop + clientHeight) {
      this.node.scrollTop = top + ROW_PIXELS - clientHeight;
    }
  }

  private _select(index: number | null): void {
    const item = index === null ? undefined : this._items[index];
    if (item !== undefined) {
      this._onSelect(item);
    }
  }

  private _indexOfRow(target: EventTarget | null): number | null {
    const row = target instanceof Element ? target.closest<HTMLElement>('.et-Row') : null;
    return row === null ? null : (this._indexes().get(row.dataset['cell'] ?? '') ?? null);
  }

  private _indexOf(cell: string | null): number {
    return cell === null ? -1 : (this._indexes().get(cell) ?? -1);
  }

  /** Return the index of each cell in the list. */
  private _indexes(): ReadonlyMap<string, number> {
    if (this._indexedItems !== this._items) {
      this._indexedItems = this._items;
      this._indexByCell = new Map(this._items.map((item, index) => [item.cell, index]));
    }
    return this._indexByCell;
  }

  private readonly _trans: ITranslationBundle;
  private readonly _rows: HTMLElement;
  private readonly _shown = new Map<string, HTMLElement>();
  private _items: readonly IBlockItem[] = [];
  private _current: string | null = null;
  private _focusable = 0;
  private _indexedItems: readonly IBlockItem[] | null = null;
  private _indexByCell: ReadonlyMap<string, number> = new Map();
}
