/** The elements of a header. */
import type { IHeader, IHeaderItem } from './model';
import { stateIcon } from '../core/components/stateicons';

/** Return a new element that shows *header*; *label* is its accessible name. */
export function createHeaderElement(header: IHeader, label: string): HTMLElement {
  const element = document.createElement('div');
  element.className = `et-Header et-mod-${header.tone}`;
  element.dataset['state'] = header.state;
  element.setAttribute('role', 'group');
  element.setAttribute('aria-label', label);
  const line = document.createElement('div');
  line.className = 'et-Header-line';
  line.append(createStatus(header), ...header.items.map(createItem));
  element.append(line);
  return element;
}

/** Show *header*, which has the same state as before; change only what differs. */
export function updateHeaderElement(element: HTMLElement, header: IHeader): void {
  for (const item of header.items) {
    const shown = element.querySelector(`[data-kind="${item.kind}"]`);
    if (shown !== null && shown.textContent !== item.text) {
      shown.textContent = item.text;
    }
  }
}

function createStatus({ state, status }: IHeader): HTMLElement {
  const element = document.createElement('span');
  element.className = 'et-Header-status';
  if (state !== 'none') {
    element.append(stateIcon(state));
  }
  element.append(status);
  return element;
}

function createItem(item: IHeaderItem): HTMLElement {
  const element = document.createElement(item.moment === null ? 'span' : 'time');
  if (item.moment !== null) {
    element.setAttribute('datetime', item.moment.toISOString());
  }
  element.className = item.isNotable ? 'et-Header-item et-mod-notable' : 'et-Header-item';
  element.dataset['kind'] = item.kind;
  element.textContent = item.text;
  if (item.details !== '') {
    element.title = item.details;
  }
  return element;
}
