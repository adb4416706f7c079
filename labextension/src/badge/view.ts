/** The badge in the gutter of a cell. */
import type { CellState } from '../core/cellstate';
import { stateIcon } from '../core/components/stateicons';
import { icon } from '../core/components/icons';

/** What a badge shows; *description* is its tooltip and its accessible name. */
export interface IBadge {
  readonly state: CellState;
  readonly number: string;
  readonly description: string;
  readonly isPinned: boolean;
}

/** Return a new badge, which is still empty. */
export function createBadge(): HTMLElement {
  const element = document.createElement('div');
  element.className = 'et-Badge';
  element.setAttribute('role', 'img');
  element.hidden = true;
  return element;
}

/** Show *badge*. */
export function updateBadge(
  element: HTMLElement,
  { state, number, description, isPinned }: IBadge
): void {
  element.dataset['state'] = state;
  element.hidden = state === 'none' && !isPinned;
  element.title = description;
  element.setAttribute('aria-label', description);
  const shown: Node[] = state === 'none' ? [] : [stateIcon(state)];
  if (number !== '') {
    const label = document.createElement('span');
    label.className = 'et-Badge-number';
    label.textContent = number;
    shown.push(label);
  }
  if (isPinned) {
    const pin = icon('pin');
    pin.classList.add('et-Pin');
    shown.push(pin);
  }
  element.replaceChildren(...shown);
}
