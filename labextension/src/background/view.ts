/** The list of running blocks, each with its last lines of output and a stop button. */
import type { IBlockItem } from '../core/blockitem';
import type { ITranslationBundle } from '../core/translation';
import { createBlockRow, updateBlockRow, updateDuration } from '../core/components/blockrow';
import { createElement, emptyMessage, iconButton } from '../core/components/elements';
import { updateKeyedList } from '../core/components/keyedlist';
import { icon } from '../core/components/icons';
import { TailView } from './tailview';

/** Actions on a block in the list. */
export interface IBackgroundActions {
  /** Go to its cell. */
  goToCell(item: IBlockItem): void;
  /** Stop it. */
  end(item: IBlockItem): void;
  /**
   * Call *show* with its last lines, now and when they change; return a function that stops this.
   */
  followOutput(item: IBlockItem, show: (text: string) => void): () => void;
}

/** The content of the background section. */
export class BackgroundView {
  constructor(trans: ITranslationBundle, actions: IBackgroundActions) {
    this._trans = trans;
    this._actions = actions;
    this.node = createElement('div', 'et-Background');
    this._list = createElement('ul', 'et-List');
    this._list.setAttribute('aria-label', trans.__('Running blocks'));
    this._empty = emptyMessage(trans.__('No running blocks.'));
    this.node.append(this._empty, this._list);
  }

  readonly node: HTMLElement;

  /** Show these blocks. */
  show(items: readonly IBlockItem[]): void {
    this._empty.hidden = items.length > 0;
    this._shown = updateKeyedList(this._list, this._shown, items, {
      key: item => item.cell,
      create: item => new BlockEntry(this._trans, this._actions, item),
      update: (entry, item) => {
        entry.show(item);
      },
      remove: entry => {
        entry.end();
      }
    });
  }

  /** Update the durations. */
  tick(): void {
    this._shown.forEach(entry => {
      entry.tick();
    });
  }

  private readonly _trans: ITranslationBundle;
  private readonly _actions: IBackgroundActions;
  private readonly _list: HTMLElement;
  private readonly _empty: HTMLElement;
  private _shown = new Map<string, BlockEntry>();
}

/** The entry of one block. */
class BlockEntry {
  constructor(trans: ITranslationBundle, actions: IBackgroundActions, item: IBlockItem) {
    this._trans = trans;
    this._item = item;
    this.node = createElement('li', 'et-Entry');
    const goToCell = (): void => {
      actions.goToCell(this._item);
    };
    this._makeClickable(goToCell);
    const label = trans.__('Stop block');
    const dispose = iconButton('et-Action et-mod-end', label, icon('end'), () => {
      actions.end(this._item);
    });
    this._tail = new TailView(trans, {
      goToCell,
      followOutput: show => actions.followOutput(this._item, show)
    });
    const line = createElement('div', 'et-Entry-line');
    line.append(this._tail.button, this._row, dispose);
    this.node.append(line, this._tail.node);
  }

  readonly node: HTMLElement;

  /** Show the state of its block. */
  show(item: IBlockItem): void {
    this._item = item;
    updateBlockRow(this._row, item, this._trans);
    this._tail.label = item.command;
  }

  /** Update the duration. */
  tick(): void {
    updateDuration(this._row, this._item, this._trans);
  }

  /** Stop following the output. */
  end(): void {
    this._tail.collapse();
  }

  private _makeClickable(choose: () => void): void {
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

  private readonly _trans: ITranslationBundle;
  private readonly _row = createBlockRow();
  private readonly _tail: TailView;
  private _item: IBlockItem;
}
