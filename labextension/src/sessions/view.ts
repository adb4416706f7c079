/** The list of recorded sessions, each with a button for its menu. */
import { createCount, createElement, emptyListItem, iconButton } from '../core/components/elements';
import { icon } from '../core/components/icons';
import { formatPath, formatTime } from '../core/format';
import type { ITranslationBundle } from '../core/translation';
import { sessionTitle, type ISessionItem, type ISessionList } from './model';

/** Open the menu of a session at this position in the window. */
export type OpenMenu = (session: ISessionItem, left: number, top: number) => void;

/** A list of sessions. */
export class SessionsView {
  constructor(trans: ITranslationBundle, openMenu: OpenMenu) {
    this._trans = trans;
    this._openMenu = openMenu;
    this.node.setAttribute('aria-label', trans.__('Sessions'));
  }

  readonly node = createElement('ul', 'et-List');

  /** Show these sessions; *current* is that of the current notebook. */
  show({ sessions, total }: ISessionList, current: string): void {
    const entries = sessions.map(session => this._createEntry(session, session.id === current));
    const rest = total - sessions.length;
    if (entries.length === 0) {
      entries.push(emptyListItem(this._trans.__('No recorded sessions.')));
    } else if (rest > 0) {
      entries.push(emptyListItem(this._trans._n('%1 older session', '%1 older sessions', rest)));
    }
    const focused = this._focused();
    this.node.replaceChildren(...entries);
    if (focused !== undefined) {
      this.focus(focused);
    }
  }

  /** Show nothing. */
  clear(): void {
    this.node.replaceChildren();
  }

  /** Focus the button of a session, or the first one. */
  focus(session: string): void {
    const buttons = [...this.node.querySelectorAll<HTMLElement>('.et-Session-menu')];
    const button = buttons.find(button => sessionOf(button) === session) ?? buttons[0];
    button?.focus();
  }

  /** The session whose button has the focus. */
  private _focused(): string | undefined {
    const { activeElement } = document;
    return this.node.contains(activeElement) ? sessionOf(activeElement) : undefined;
  }

  private _createEntry(session: ISessionItem, isCurrent: boolean): HTMLElement {
    const node = createElement('li', 'et-Session');
    node.dataset['session'] = session.id;
    node.classList.toggle('et-mod-current', isCurrent);
    const title = createElement('div', 'et-Session-title');
    title.append(createElement('span', 'et-Session-name', sessionTitle(session)));
    title.title = session.notebook || session.directory;
    const facts = createElement('div', 'et-Session-facts');
    facts.append(...this._createFacts(session));
    const text = createElement('div', 'et-Session-text');
    text.append(title, facts);
    const state = this._stateLabel(session, isCurrent);
    if (state !== '') {
      title.append(createElement('span', 'et-Session-state', state));
    }
    if (session.notebook !== '') {
      text.append(createElement('div', 'et-Session-directory', formatPath(session.directory)));
    }
    node.append(text, this._createMenuButton(session));
    node.addEventListener('contextmenu', event => {
      event.preventDefault();
      event.stopPropagation();
      this._openMenu(session, event.clientX, event.clientY);
    });
    return node;
  }

  private _stateLabel({ state }: ISessionItem, isCurrent: boolean): string {
    if (isCurrent) {
      return this._trans.__('current');
    }
    switch (state) {
      case 'live':
        return this._trans.__('running');
      case 'archived':
        return this._trans.__('archived');
      default:
        return '';
    }
  }

  private _createFacts({ modified, blocks, failed }: ISessionItem): HTMLElement[] {
    const trans = this._trans;
    const facts = [
      modified === null ? null : createElement('time', '', formatTime(modified, new Date())),
      createElement('span', '', trans._n('%1 block', '%1 blocks', blocks)),
      failed > 0 ? createCount('failed', failed, trans.__('failed')) : null
    ];
    return facts.filter(fact => fact !== null);
  }

  private _createMenuButton(session: ISessionItem): HTMLElement {
    const label = this._trans.__('Actions for %1', sessionTitle(session));
    const button = iconButton('et-Action et-Session-menu', label, icon('menu'), () => {
      const { left, bottom } = button.getBoundingClientRect();
      this._openMenu(session, left, bottom);
    });
    button.setAttribute('aria-haspopup', 'menu');
    return button;
  }

  private readonly _trans: ITranslationBundle;
  private readonly _openMenu: OpenMenu;
}

function sessionOf(node: Element | null): string | undefined {
  return node?.closest<HTMLElement>('.et-Session')?.dataset['session'];
}
