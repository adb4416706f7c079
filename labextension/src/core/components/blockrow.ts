/** A row that shows one block. */
import { describeDuration, type IBlockItem } from '../blockitem';
import { exitStatusLabel, describeCell } from '../outcome';
import { describeWithPin } from '../pins';
import type { ITranslationBundle } from '../translation';
import { createElement } from './elements';
import { stateIcon } from './stateicons';
import { icon } from './icons';

/** Return a new row, which is still empty. */
export function createBlockRow(): HTMLElement {
  const row = createElement('div', 'et-Row');
  row.append(
    createElement('span', 'et-Row-state'),
    createElement('span', 'et-Row-number'),
    createElement('code', 'et-Row-command'),
    createElement('span', 'et-Row-status'),
    createElement('span', 'et-Row-pin'),
    createElement('span', 'et-Row-duration')
  );
  return row;
}

/** Show *item* in a row; change only what differs. */
export function updateBlockRow(
  row: HTMLElement,
  item: IBlockItem,
  trans: ITranslationBundle
): void {
  const description = describeItem(item, trans);
  const [state, number, command, status, pin] = [...row.children] as HTMLElement[];
  if (row.dataset['state'] !== item.state) {
    row.dataset['state'] = item.state;
    state?.replaceChildren(...(item.state === 'none' ? [] : [stateIcon(item.state)]));
  }
  setText(number, item.number === null ? '' : String(item.number));
  setText(command, item.command);
  const exitStatus = exitStatusLabel(item.state, item.record);
  setText(status, exitStatus === '' ? '' : trans.__('exit %1', exitStatus));
  if (pin !== undefined && pin.childElementCount > 0 !== item.isPinned) {
    pin.replaceChildren(...(item.isPinned ? [icon('pin')] : []));
  }
  const title = `${item.source.trim()}\n\n${description}`;
  if (row.title !== title) {
    row.title = title;
  }
  updateDuration(row, item, trans);
}

/** Update the duration of a running block. */
export function updateDuration(
  row: HTMLElement,
  item: IBlockItem,
  trans: ITranslationBundle
): void {
  const duration = describeDuration(item, new Date());
  setText(row.lastElementChild, duration);
  const description = describeItem(item, trans);
  const parts = [item.number, item.command, description, duration].filter(part => part !== null);
  const label = parts.filter(part => part !== '').join(', ');
  if (row.getAttribute('aria-label') !== label) {
    row.setAttribute('aria-label', label);
  }
}

/** Return the outcome of a block, and whether it is pinned. */
function describeItem(item: IBlockItem, trans: ITranslationBundle): string {
  return describeWithPin(describeCell(item.state, item.record, trans), item.isPinned, trans);
}

function setText(node: Element | null | undefined, text: string): void {
  if (node && node.textContent !== text) {
    node.textContent = text;
  }
}
