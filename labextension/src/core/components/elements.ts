/** Small elements of which the views are made. */

import type { CellState } from '../cellstate';
import { stateIcon } from './stateicons';

/** Return a new element with a class and optionally a text. */
export function createElement<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text?: string
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) {
    node.textContent = text;
  }
  return node;
}

/** Return a new button that shows an icon; *label* is its tooltip and its accessible name. */
export function iconButton(
  className: string,
  label: string,
  icon: Node,
  onClick: () => void
): HTMLButtonElement {
  const button = createElement('button', className);
  button.type = 'button';
  button.title = label;
  button.setAttribute('aria-label', label);
  button.append(icon);
  button.addEventListener('click', event => {
    event.stopPropagation();
    onClick();
  });
  return button;
}

/** Return a new paragraph that explains why there is nothing to show. */
export function emptyMessage(text: string): HTMLElement {
  return createElement('p', 'et-Empty', text);
}

/** Return the same as an item of a list. */
export function emptyListItem(text: string): HTMLElement {
  const item = createElement('li', '');
  item.append(emptyMessage(text));
  return item;
}

/** Return a count beside its icon; *description* explains it to screen readers. */
export function createCount(
  state: Exclude<CellState, 'none'>,
  count: number,
  description: string
): HTMLElement {
  const element = createElement('span', 'et-Count');
  element.dataset['state'] = state;
  element.title = `${count} ${description}`;
  element.append(
    stateIcon(state),
    String(count),
    createElement('span', 'et-ScreenReaderOnly', ` ${description}`)
  );
  return element;
}
