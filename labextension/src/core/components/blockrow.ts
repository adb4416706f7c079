/** Block row: one block in a list. */
import { lengthWords, type IBlockItem } from '../blockitem';
import { badgeNumber, cellWords } from '../outcome';
import { wordsWithPin } from '../pins';
import type { ITranslate } from '../translation';
import { element } from './elements';
import { icon } from './stateicons';
import { picture } from './icons';

/** A new row that shows nothing yet. */
export function blockRow(): HTMLElement {
  const row = element('div', 'et-Row');
  row.append(
    element('span', 'et-Row-state'),
    element('span', 'et-Row-number'),
    element('code', 'et-Row-command'),
    element('span', 'et-Row-status'),
    element('span', 'et-Row-pin'),
    element('span', 'et-Row-length')
  );
  return row;
}

/** Show *item* in a row; only what has changed is touched. */
export function showBlockRow(row: HTMLElement, item: IBlockItem, trans: ITranslate): void {
  const words = rowWords(item, trans);
  const [state, number, command, status, pin] = [...row.children] as HTMLElement[];
  if (row.dataset['state'] !== item.state) {
    row.dataset['state'] = item.state;
    state?.replaceChildren(...(item.state === 'none' ? [] : [icon(item.state)]));
  }
  put(number, item.number === null ? '' : String(item.number));
  put(command, item.command);
  const ending = badgeNumber(item.state, item.record);
  put(status, ending === '' ? '' : trans.__('exit %1', ending));
  if (pin !== undefined && pin.childElementCount > 0 !== item.isPinned) {
    pin.replaceChildren(...(item.isPinned ? [picture('pin')] : []));
  }
  const title = `${item.source.trim()}\n\n${words}`;
  if (row.title !== title) {
    row.title = title;
  }
  showLength(row, item, trans);
}

/** Show how long a block has been running. */
export function showLength(row: HTMLElement, item: IBlockItem, trans: ITranslate): void {
  const length = lengthWords(item, new Date());
  put(row.lastElementChild, length);
  const words = rowWords(item, trans);
  const parts = [item.number, item.command, words, length].filter(part => part !== null);
  const label = parts.filter(part => part !== '').join(', ');
  if (row.getAttribute('aria-label') !== label) {
    row.setAttribute('aria-label', label);
  }
}

/** What became of a block, and whether it is pinned. */
function rowWords(item: IBlockItem, trans: ITranslate): string {
  return wordsWithPin(cellWords(item.state, item.record, trans), item.isPinned, trans);
}

function put(node: Element | null | undefined, text: string): void {
  if (node && node.textContent !== text) {
    node.textContent = text;
  }
}
