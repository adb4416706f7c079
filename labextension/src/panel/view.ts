/** Blocks view: search, filter and counts above the list of blocks. */
import { countBlocks, filterBlocks, type IBlockItem, type ICounts } from '../core/blockitem';
import type { CellState } from '../core/cellstate';
import type { ITranslate } from '../core/translation';
import { BlockList } from './listview';
import { element, emptyLine, pictureButton } from '../core/components/elements';
import { icon } from '../core/components/stateicons';
import { picture } from '../core/components/icons';

/** All of the section about a notebook's blocks. */
export class BlocksView {
  /** *onChoose* is called with the block that somebody wants to see. */
  constructor(trans: ITranslate, onChoose: (item: IBlockItem) => void) {
    this._trans = trans;
    this._list = new BlockList(trans, trans.__('Blocks'), onChoose);
    this._search = searchBox(trans);
    const redraw = (): void => {
      this._draw();
    };
    this._failedOnly = toggle('et-Toggle', trans.__('Failed only'), icon('failed'), redraw);
    const pinned = 'et-Toggle et-mod-pinned';
    this._pinnedOnly = toggle(pinned, trans.__('Pinned only'), picture('pin'), redraw);
    this._counts = element('div', 'et-Counts');
    this._counts.setAttribute('role', 'status');
    this._empty = emptyLine('');
    const box = element('div', 'et-SearchBox');
    box.append(picture('search'), this._search);
    const line = element('div', 'et-Filter');
    line.append(box, this._failedOnly, this._pinnedOnly);
    this.node = element('div', 'et-Blocks');
    this.node.append(line, this._counts, this._empty, this._list.node);
    this._listen();
  }

  readonly node: HTMLElement;

  /** Show the blocks of a notebook; null: there is no notebook of ours in front. */
  show(items: readonly IBlockItem[] | null, current: string | null): void {
    this._isOurs = items !== null;
    this._items = items ?? [];
    this._current = current;
    this._draw();
  }

  /** Show how long the blocks have been running that do. */
  tick(): void {
    this._list.tick();
  }

  /** Give the focus to where one begins to search. */
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
    const found = filterBlocks(this._items, {
      text: this._search.value,
      isFailedOnly: isPressed(this._failedOnly),
      isPinnedOnly: isPressed(this._pinnedOnly)
    });
    this._list.node.hidden = found.length === 0;
    this._empty.hidden = found.length > 0;
    this._empty.textContent = this._emptyWords();
    this._list.show(found, this._current);
    this._showCounts(countBlocks(this._items), found.length);
  }

  private _emptyWords(): string {
    if (!this._isOurs) {
      return this._trans.__('The notebook in front is none of EffectTalk.');
    }
    return this._items.length === 0
      ? this._trans.__('No block has run yet.')
      : this._trans.__('No block is like that.');
  }

  private _showCounts(counts: ICounts, found: number): void {
    const trans = this._trans;
    const all =
      found === counts.all
        ? trans._n('%1 block', '%1 blocks', counts.all)
        : trans.__('%1 of %2', found, counts.all);
    const parts: HTMLElement[] = [element('span', 'et-Count', all)];
    const add = (state: Exclude<CellState, 'none'>, count: number, words: string): void => {
      if (count > 0) {
        parts.push(countElement(state, count, words));
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

  private readonly _trans: ITranslate;
  private readonly _list: BlockList;
  private readonly _search: HTMLInputElement;
  private readonly _failedOnly: HTMLButtonElement;
  private readonly _pinnedOnly: HTMLButtonElement;
  private readonly _counts: HTMLElement;
  private readonly _empty: HTMLElement;
  private _items: readonly IBlockItem[] = [];
  private _current: string | null = null;
  private _isOurs = false;
  private _shownCounts = '';
}

/** A count beside its picture; its words are for who can't see that. */
export function countElement(
  state: Exclude<CellState, 'none'>,
  count: number,
  words: string
): HTMLElement {
  const made = element('span', 'et-Count');
  made.dataset['state'] = state;
  made.title = `${count} ${words}`;
  made.append(icon(state), String(count), element('span', 'et-Voice', ` ${words}`));
  return made;
}

/** Return a new button that is pressed or not; *onChange* is called when that has changed. */
function toggle(
  className: string,
  label: string,
  shown: Node,
  onChange: () => void
): HTMLButtonElement {
  const button = pictureButton(className, label, shown, () => {
    button.setAttribute('aria-pressed', String(!isPressed(button)));
    onChange();
  });
  button.setAttribute('aria-pressed', 'false');
  return button;
}

function isPressed(button: HTMLElement): boolean {
  return button.getAttribute('aria-pressed') === 'true';
}

function searchBox(trans: ITranslate): HTMLInputElement {
  const search = element('input', 'et-Search');
  search.type = 'search';
  search.placeholder = trans.__('Search');
  search.setAttribute('aria-label', trans.__('Search commands'));
  search.spellcheck = false;
  return search;
}
