/** Background view: blocks that run, or have left processes, with a button to end each. */
import type { IBlockItem } from '../model/blocklist';
import type { ITranslate } from '../model/translate';
import { blockRow, showBlockRow, showLength } from './blockrow';
import { element, emptyLine, pictureButton } from './elements';
import { picture } from './pictures';

/** What can be done with a block here. */
export interface IBackgroundActions {
  /** Show its cell. */
  choose(item: IBlockItem): void;
  /** End what it runs. */
  end(item: IBlockItem): void;
}

/** All of the section about what runs. */
export class BackgroundView {
  constructor(trans: ITranslate, actions: IBackgroundActions) {
    this._trans = trans;
    this._actions = actions;
    this.node = element('div', 'et-Background');
    this._list = element('ul', 'et-List');
    this._list.setAttribute('aria-label', trans.__('What runs'));
    this._empty = emptyLine(trans.__('Nothing runs.'));
    this.node.append(this._empty, this._list);
  }

  readonly node: HTMLElement;

  /** Show these blocks. */
  show(items: readonly IBlockItem[]): void {
    this._empty.hidden = items.length > 0;
    this._list.hidden = items.length === 0;
    const before = this._shown;
    this._shown = new Map();
    items.forEach((item, place) => {
      const entry = before.get(item.cell) ?? this._entry();
      before.delete(item.cell);
      entry.item = item;
      showBlockRow(entry.row, item, this._trans);
      this._shown.set(item.cell, entry);
      if (this._list.children[place] !== entry.node) {
        this._list.insertBefore(entry.node, this._list.children[place] ?? null);
      }
    });
    before.forEach(entry => {
      entry.node.remove();
    });
  }

  /** Show how long the blocks have been running that do. */
  tick(): void {
    this._shown.forEach(({ row, item }) => {
      if (item !== null) {
        showLength(row, item, this._trans);
      }
    });
  }

  private _entry(): IEntry {
    const node = element('li', 'et-Entry');
    const row = blockRow();
    const entry: IEntry = { node, row, item: null };
    const act = (action: (item: IBlockItem) => void) => (): void => {
      if (entry.item !== null) {
        action(entry.item);
      }
    };
    const choose = act(item => {
      this._actions.choose(item);
    });
    row.setAttribute('role', 'button');
    row.tabIndex = 0;
    row.addEventListener('click', choose);
    row.addEventListener('keydown', event => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        choose();
      }
    });
    const end = act(item => {
      this._actions.end(item);
    });
    const label = this._trans.__('End what it runs');
    node.append(row, pictureButton('et-Action et-mod-end', label, picture('end'), end));
    return entry;
  }

  private readonly _trans: ITranslate;
  private readonly _actions: IBackgroundActions;
  private readonly _list: HTMLElement;
  private readonly _empty: HTMLElement;
  private _shown = new Map<string, IEntry>();
}

interface IEntry {
  readonly node: HTMLElement;
  readonly row: HTMLElement;
  item: IBlockItem | null;
}
