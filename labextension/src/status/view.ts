/** Status line: what stands in the status bar. */
import { statusParts, type IStatusLine, type IStatusPart } from './model';
import type { CellState } from '../core/cellstate';
import type { ITranslate } from '../core/translation';
import { element } from '../core/components/elements';
import { icon } from '../core/components/stateicons';
import { picture } from '../core/components/icons';

const PICTURES: Readonly<Partial<Record<string, Exclude<CellState, 'none'>>>> = {
  running: 'running',
  waiting: 'waiting',
  succeeded: 'success',
  failed: 'failed',
  background: 'background'
};

/** Return a new button that shows nothing yet. */
export function statusButton(onClick: () => void): HTMLButtonElement {
  const button = element('button', 'et-Status');
  button.type = 'button';
  button.addEventListener('click', onClick);
  return button;
}

/** Show *line*. */
export function showStatus(button: HTMLElement, line: IStatusLine, trans: ITranslate): void {
  const parts = statusParts(line, trans);
  const words = parts.map(part => part.words).join(', ');
  const label = trans.__('EffectTalk: %1', words);
  if (button.getAttribute('aria-label') === label && button.dataset['shell'] === line.shell) {
    return;
  }
  button.dataset['shell'] = line.shell;
  button.setAttribute('aria-label', label);
  button.title = trans.__('%1. Click for the list of blocks', words);
  button.replaceChildren(...parts.map(part => partElement(part, line)));
}

function partElement(part: IStatusPart, line: IStatusLine): HTMLElement {
  const made = element('span', 'et-Status-part');
  made.dataset['kind'] = part.kind;
  const state = PICTURES[part.kind === 'shell' ? line.shell : part.kind];
  if (state !== undefined) {
    made.dataset['state'] = state;
    made.append(icon(state));
  } else if (part.kind === 'shell' || part.kind === 'branch') {
    made.append(picture(part.kind));
  }
  made.append(element('span', 'et-Status-text', part.text));
  return made;
}
