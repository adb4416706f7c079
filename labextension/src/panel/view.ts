/** The blocks section: search field, filters and counts above the list of blocks. */
import { countBlocks, type IBlockItem, type ICounts } from '../core/blockitem';
import type { CellState } from '../core/cellstate';
import { createCount, createElement, emptyMessage, iconButton } from '../core/components/elements';
import { icon } from '../core/components/icons';
import { stateIcon } from '../core/components/stateicons';
import type { ITranslationBundle } from '../core/translation';
import { BlockListView } from './listview';
import { filterBlocks } from './model';

/** The content of the blocks section. */
export class BlocksView {
  /** *onSelect* is called with the block that the user wants to see. */
  constructor(trans: ITranslationBundle, onChoose: (item: IBlockItem) => void) {
    this._trans = trans;
    this._list = new BlockListView(trans, trans.__('Blocks'), onChoose);
    this._search = createSearchField(trans);
    const redraw = (): void => {
      this._draw();
    };
    this._failedOnly = createToggle(
      'et-Toggle',
      trans.__('Failed only'),
      stateIcon('failed'),
      redraw
    );
    const pinned = 'et-Toggle et-mod-pinned';
    this._pinnedOnly = createToggle(pinned, trans.__('Pinned only'), icon('pin'), redraw);
    this._counts = createElement('div', 'et-Counts');
    this._counts.setAttribute('role', 'status');
    this._empty = emptyMessage('');
    const box = createElement('div', 'et-SearchBox');
    box.append(icon('search'), this._search);
    const line = createElement('div', 'et-Filter');
    line.append(box, this._failedOnly, this._pinnedOnly);
    this.node = createElement('div', 'et-Blocks');
    this.node.append(line, this._counts, this._empty, this._list.node);
    this._listen();
  }

  readonly node: HTMLElement;

  /** Show the blocks of a notebook; null if there is no current EffectTalk notebook. */
  show(items: readonly IBlockItem[] | null, current: string | null): void {
    this._isEffectTalk = items !== null;
    this._items = items ?? [];
    this._current = current;
    this._draw();
  }

  /** Update the durations. */
  tick(): void {
    this._list.tick();
  }

  /** Focus the search field. */
  focus(): void {
    this._search.focus();
  }

  private _listen(): void {
    this._search.addEventListener('input', () => {
      this._draw();
    });
    this._search.addEventListener('keydown', event => {
      if (event.key === 'ArrowDown' || event.key === 'Enter') {
        event.preventDefault();
        this._list.focus();
      } else if (event.key === 'Escape' && this._search.value !== '') {
        event.preventDefault();
        this._search.value = '';
        this._draw();
      }
    });
  }

  private _draw(): void {
    const blocks = filterBlocks(this._items, {
      text: this._search.value,
      isFailedOnly: isPressed(this._failedOnly),
      isPinnedOnly: isPressed(this._pinnedOnly)
    });
    this._list.node.hidden = blocks.length === 0;
    this._empty.hidden = blocks.length > 0;
    this._empty.textContent = this._emptyText();
    this._list.show(blocks, this._current);
    this._showCounts(countBlocks(this._items), blocks.length);
  }

  private _emptyText(): string {
    if (!this._isEffectTalk) {
      return this._trans.__('The current notebook has no EffectTalk kernel.');
    }
    return this._items.length === 0
      ? this._trans.__('No blocks yet.')
      : this._trans.__('No matching blocks.');
  }

  private _showCounts(counts: ICounts, count: number): void {
    const trans = this._trans;
    const all =
      count === counts.all
        ? trans._n('%1 block', '%1 blocks', counts.all)
        : trans.__('%1 of %2', count, counts.all);
    const parts: HTMLElement[] = [createElement('span', 'et-Count', all)];
    const add = (state: Exclude<CellState, 'none'>, count: number, description: string): void => {
      if (count > 0) {
        parts.push(createCount(state, count, description));
      }
    };
    add('success', counts.succeeded, trans.__('succeeded'));
    add('failed', counts.failed, trans.__('failed'));
    add('background', counts.background, trans.__('in the background'));
    const text = parts.map(part => part.textContent).join(' ');
    if (this._shownCounts !== text) {
      this._shownCounts = text;
      this._counts.replaceChildren(...parts);
    }
  }

  private readonly _trans: ITranslationBundle;
  private readonly _list: BlockListView;
  private readonly _search: HTMLInputElement;
  private readonly _failedOnly: HTMLButtonElement;
  private readonly _pinnedOnly: HTMLButtonElement;
  private readonly _counts: HTMLElement;
  private readonly _empty: HTMLElement;
  private _items: readonly IBlockItem[] = [];
  private _current: string | null = null;
  private _isEffectTalk = false;
  private _shownCounts = '';
}

/** Return a new toggle button; *onChange* is called after it was pressed. */
function createToggle(
  className: string,
  label: string,
  shown: Node,
  onChange: () => void
): HTMLButtonElement {
  const button = iconButton(className, label, shown, () => {
    button.setAttribute('aria-pressed', String(!isPressed(button)));
    onChange();
  });
  button.setAttribute('aria-pressed', 'false');
  return button;
}

function isPressed(button: HTMLElement): boolean {
  return button.getAttribute('aria-pressed') === 'true';
}

function createSearchField(trans: ITranslationBundle): HTMLInputElement {
  const search = createElement('input', 'et-Search');
  search.type = 'search';
  search.placeholder = trans.__('Search');
  search.setAttribute('aria-label', trans.__('Search commands'));
  search.spellcheck = false;
  return search;
}
