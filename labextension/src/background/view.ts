/** Background view: blocks that run, or have left processes, each with its last lines and its end. */
import type { IBlockItem } from '../core/blockitem';
import type { ITranslate } from '../core/translation';
import { blockRow, showBlockRow, showLength } from '../core/components/blockrow';
import { element, emptyLine, pictureButton } from '../core/components/elements';
import { keyed } from '../core/components/keyedlist';
import { picture } from '../core/components/icons';
import { TailView } from './tailview';

/** What can be done with a block here. */
export interface IBackgroundActions {
  /** Show its cell. */
  choose(item: IBlockItem): void;
  /** End what it runs. */
  end(item: IBlockItem): void;
  /** Call *show* with its last lines, now and when they change; return what stops that. */
  follow(item: IBlockItem, show: (text: string) => void): () => void;
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
    this._shown = keyed(this._list, this._shown, items, {
      key: item => item.cell,
      make: item => new Entry(this._trans, this._actions, item),
      show: (entry, item) => {
        entry.show(item);
      },
      end: entry => {
        entry.end();
      }
    });
  }

  /** Show how long the blocks have been running that do. */
  tick(): void {
    this._shown.forEach(entry => {
      entry.tick();
    });
  }

  private readonly _trans: ITranslate;
  private readonly _actions: IBackgroundActions;
  private readonly _list: HTMLElement;
  private readonly _empty: HTMLElement;
  private _shown = new Map<string, Entry>();
}

/** One block. */
class Entry {
  constructor(trans: ITranslate, actions: IBackgroundActions, item: IBlockItem) {
    this._trans = trans;
    this._item = item;
    this.node = element('li', 'et-Entry');
    const choose = (): void => {
      actions.choose(this._item);
    };
    this._makeButton(choose);
    const label = trans.__('End what it runs');
    const end = pictureButton('et-Action et-mod-end', label, picture('end'), () => {
      actions.end(this._item);
    });
    this._tail = new TailView(trans, { choose, follow: show => actions.follow(this._item, show) });
    const line = element('div', 'et-Entry-line');
    line.append(this._tail.button, this._row, end);
    this.node.append(line, this._tail.node);
  }

  readonly node: HTMLElement;

  /** Show what has become of its block. */
  show(item: IBlockItem): void {
    this._item = item;
    showBlockRow(this._row, item, this._trans);
    this._tail.label = item.command;
  }

  /** Show how long its block has been running. */
  tick(): void {
    showLength(this._row, this._item, this._trans);
  }

  /** Follow its last lines no more. */
  end(): void {
    this._tail.fold();
  }

  private _makeButton(choose: () => void): void {
    const row = this._row;
    row.setAttribute('role', 'button');
    row.tabIndex = 0;
    row.addEventListener('click', choose);
    row.addEventListener('keydown', event => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        choose();
      }
    });
  }

  private readonly _trans: ITranslate;
  private readonly _row = blockRow();
  private readonly _tail: TailView;
  private _item: IBlockItem;
}
