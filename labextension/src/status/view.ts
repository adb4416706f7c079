/** The status bar item. */
import { statusParts, type IStatusLine, type IStatusPart } from './model';
import type { CellState } from '../core/cellstate';
import type { ITranslationBundle } from '../core/translation';
import { createElement } from '../core/components/elements';
import { stateIcon } from '../core/components/stateicons';
import { icon } from '../core/components/icons';

const STATE_ICONS: Readonly<Partial<Record<string, Exclude<CellState, 'none'>>>> = {
  running: 'running',
  waiting: 'waiting',
  succeeded: 'success',
  failed: 'failed',
  background: 'background'
};

/** Return a new button, which is still empty. */
export function createStatusButton(onClick: () => void): HTMLButtonElement {
  const button = createElement('button', 'et-Status');
  button.type = 'button';
  button.addEventListener('click', onClick);
  return button;
}

/** Show *line*. */
export function updateStatusButton(
  button: HTMLElement,
  line: IStatusLine,
  trans: ITranslationBundle
): void {
  const parts = statusParts(line, trans);
  const description = parts.map(part => part.description).join(', ');
  const label = trans.__('EffectTalk: %1', description);
  if (button.getAttribute('aria-label') === label && button.dataset['shell'] === line.shell) {
    return;
  }
  button.dataset['shell'] = line.shell;
  button.setAttribute('aria-label', label);
  button.title = trans.__('%1. Click to show the blocks panel', description);
  button.replaceChildren(...parts.map(part => createPart(part, line)));
}

function createPart(part: IStatusPart, line: IStatusLine): HTMLElement {
  const element = createElement('span', 'et-Status-part');
  element.dataset['kind'] = part.kind;
  const state = STATE_ICONS[part.kind === 'shell' ? line.shell : part.kind];
  if (state !== undefined) {
    element.dataset['state'] = state;
    element.append(stateIcon(state));
  } else if (part.kind === 'shell' || part.kind === 'branch') {
    element.append(icon(part.kind));
  }
  element.append(createElement('span', 'et-Status-text', part.text));
  return element;
}
