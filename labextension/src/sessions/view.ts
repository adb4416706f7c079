/** The list of recorded sessions, each with a button for its menu. */
import { createCount, createElement, emptyListItem, iconButton } from '../core/components/elements';
import { icon } from '../core/components/icons';
import { updateKeyedList } from '../core/components/keyedlist';
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
    const focused = this._focused();
    this._rest.remove();
    // A button stays while the list is read again: the user may just be pressing it.
    this._entries = updateKeyedList(this.node, this._entries, sessions, {
      key: session => session.id,
      create: session => new SessionEntry(this._trans, this._openMenu, session),
      update: (entry, session) => {
        entry.show(session, session.id === current);
      }
    });
    const rest = total - sessions.length;
    if (sessions.length === 0) {
      this._addRest(this._trans.__('No recorded sessions.'));
    } else if (rest > 0) {
      this._addRest(this._trans._n('%1 older session', '%1 older sessions', rest));
    }
    if (focused !== undefined && this._focused() === undefined) {
      this.focus(focused); // its session has moved, or is gone
    }
  }

  /** Show nothing. */
  clear(): void {
    this._entries.clear();
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

  private _addRest(text: string): void {
    this._rest = emptyListItem(text);
    this.node.append(this._rest);
    this.node.hidden = false;
  }

  private readonly _trans: ITranslationBundle;
  private readonly _openMenu: OpenMenu;
  private _entries = new Map<string, SessionEntry>();
  private _rest = emptyListItem('');
}

/** The entry of one session. */
class SessionEntry {
  constructor(trans: ITranslationBundle, openMenu: OpenMenu, session: ISessionItem) {
    this._trans = trans;
    this._session = session;
    this.node.dataset['session'] = session.id;
    this._button = iconButton('et-Action et-Session-menu', '', icon('menu'), () => {
      const { left, bottom } = this._button.getBoundingClientRect();
      openMenu(this._session, left, bottom);
    });
    this._button.setAttribute('aria-haspopup', 'menu');
    this.node.append(this._text, this._button);
    this.node.addEventListener('contextmenu', event => {
      event.preventDefault();
      event.stopPropagation();
      openMenu(this._session, event.clientX, event.clientY);
    });
  }

  readonly node = createElement('li', 'et-Session');

  /** Show the session as it is now; *isCurrent*: it is that of the current notebook. */
  show(session: ISessionItem, isCurrent: boolean): void {
    this._session = session;
    this.node.classList.toggle('et-mod-current', isCurrent);
    const title = createElement('div', 'et-Session-title');
    title.append(createElement('span', 'et-Session-name', sessionTitle(session)));
    title.title = session.notebook || session.directory;
    const state = this._stateLabel(session, isCurrent);
    if (state !== '') {
      title.append(createElement('span', 'et-Session-state', state));
    }
    const facts = createElement('div', 'et-Session-facts');
    facts.append(...this._createFacts(session));
    this._text.replaceChildren(title, facts);
    if (session.notebook !== '') {
      const directory = formatPath(session.directory);
      this._text.append(createElement('div', 'et-Session-directory', directory));
    }
    this._button.title = this._trans.__('Actions for %1', sessionTitle(session));
    this._button.setAttribute('aria-label', this._button.title);
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

  private readonly _trans: ITranslationBundle;
  private readonly _text = createElement('div', 'et-Session-text');
  private readonly _button: HTMLButtonElement;
  private _session: ISessionItem;
}

function sessionOf(node: Element | null): string | undefined {
  return node?.closest<HTMLElement>('.et-Session')?.dataset['session'];
}
