/** Elements: small parts that panels are made of. */

import type { CellState } from '../cellstate';
import { stateIcon } from './stateicons';

/** Return a new element with a class and, if given, a text. */
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

/** Return a new button; what it shows is a picture, *label* is its name. */
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

/** Return a new line that says why there is nothing else. */
export function emptyMessage(text: string): HTMLElement {
  return createElement('p', 'et-Empty', text);
}

/** The same in a list, which has items only. */
export function emptyListItem(text: string): HTMLElement {
  const item = createElement('li', '');
  item.append(emptyMessage(text));
  return item;
}

/** A count beside its picture; its words are for who can't see that. */
export function createCount(
  state: Exclude<CellState, 'none'>,
  count: number,
  description: string
): HTMLElement {
  const made = createElement('span', 'et-Count');
  made.dataset['state'] = state;
  made.title = `${count} ${description}`;
  made.append(
    stateIcon(state),
    String(count),
    createElement('span', 'et-Voice', ` ${description}`)
  );
  return made;
}
