/** Badge: what a cell's gutter shows of its block. */
import type { CellState } from '../model/state';
import { icon } from './icons';

/** What a badge shows: *words* say it to who can't see it, or points at it. */
export interface IBadge {
  readonly state: CellState;
  readonly number: string;
  readonly words: string;
}

/** Return a new badge that shows nothing yet. */
export function badgeElement(): HTMLElement {
  const element = document.createElement('div');
  element.className = 'et-Badge';
  element.setAttribute('role', 'img');
  element.hidden = true;
  return element;
}

/** Show *badge*. */
export function showBadge(element: HTMLElement, { state, number, words }: IBadge): void {
  element.dataset['state'] = state;
  element.hidden = state === 'none';
  element.title = words;
  element.setAttribute('aria-label', words);
  if (state === 'none') {
    element.replaceChildren();
    return;
  }
  const shown: Node[] = [icon(state)];
  if (number !== '') {
    const label = document.createElement('span');
    label.className = 'et-Badge-number';
    label.textContent = number;
    shown.push(label);
  }
  element.replaceChildren(...shown);
}
