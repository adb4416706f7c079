/** Sessions view: the sessions that are kept, and what can be done with them. */
import { sessionTitle, type ISessionItem, type ISessionList } from '../model/sessions';
import type { ITranslate } from '../model/translate';
import { moment, place } from '../model/words';
import { countElement } from './blocksview';
import { element, emptyLine, pictureButton } from './elements';
import { picture, type Pictured } from './pictures';

/** What can be done with a session. */
export interface ISessionActions {
  /** Download it as a notebook. */
  export(session: ISessionItem): void;
  /** Take it out of the list, or bring it back. */
  archive(session: ISessionItem): void;
  /** Remove it, if somebody confirms that. */
  delete(session: ISessionItem): void;
}

/** All of the section about sessions. */
export class SessionsView {
  constructor(trans: ITranslate, actions: ISessionActions) {
    this._trans = trans;
    this._actions = actions;
    this.node = element('div', 'et-Sessions');
    this._message = element('p', 'et-Empty');
    this._message.setAttribute('role', 'status');
    this._list = element('ul', 'et-List');
    this._list.setAttribute('aria-label', trans.__('Sessions'));
    this.node.append(this._message, this._list);
    this.say('');
  }

  readonly node: HTMLElement;

  /** Say something above the list: that it can't be read, what has been done. */
  say(message: string): void {
    this._message.textContent = message;
    this._message.hidden = message === '';
  }

  /** Show these sessions; *current* is that of the notebook in front. */
  show({ sessions, total }: ISessionList, current: string): void {
    const entries = sessions.map(session => this._entry(session, session.id === current));
    const rest = total - sessions.length;
    if (entries.length === 0) {
      entries.push(emptyLine(this._trans.__('No session is kept.')));
    } else if (rest > 0) {
      entries.push(emptyLine(this._trans._n('%1 older one', '%1 older ones', rest)));
    }
    this._list.replaceChildren(...entries);
  }

  /** Show nothing. */
  clear(): void {
    this._list.replaceChildren();
  }

  private _entry(session: ISessionItem, isCurrent: boolean): HTMLElement {
    const node = element('li', 'et-Session');
    node.dataset['session'] = session.id;
    node.classList.toggle('et-mod-current', isCurrent);
    const title = element('div', 'et-Session-title');
    title.append(element('span', 'et-Session-name', sessionTitle(session)));
    title.title = session.notebook || session.directory;
    const facts = element('div', 'et-Session-facts');
    facts.append(...this._facts(session));
    const text = element('div', 'et-Session-text');
    text.append(title, facts);
    const state = this._state(session, isCurrent);
    if (state !== '') {
      title.append(element('span', 'et-Session-state', state));
    }
    if (session.notebook !== '') {
      text.append(element('div', 'et-Session-place', place(session.directory)));
    }
    node.append(text, this._buttons(session));
    return node;
  }

  private _state({ state }: ISessionItem, isCurrent: boolean): string {
    if (isCurrent) {
      return this._trans.__('this one');
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

  private _facts({ modified, blocks, failed }: ISessionItem): HTMLElement[] {
    const trans = this._trans;
    const facts = [
      modified === null ? null : element('time', '', moment(modified, new Date())),
      element('span', '', trans._n('%1 block', '%1 blocks', blocks)),
      failed > 0 ? countElement('failed', failed, trans.__('failed')) : null
    ];
    return facts.filter(fact => fact !== null);
  }

  private _buttons(session: ISessionItem): HTMLElement {
    const trans = this._trans;
    const actions = this._actions;
    const title = sessionTitle(session);
    const buttons = element('div', 'et-Session-actions');
    const add = (of: Pictured, label: string, action: () => void): void => {
      buttons.append(pictureButton('et-Action', label, picture(of), action));
    };
    add('export', trans.__('Export %1 as a notebook', title), () => {
      actions.export(session);
    });
    if (session.state === 'archived') {
      add('unarchive', trans.__('Bring %1 back into the list', title), () => {
        actions.archive(session);
      });
    } else {
      add('archive', trans.__('Archive %1', title), () => {
        actions.archive(session);
      });
    }
    add('delete', trans.__('Delete %1…', title), () => {
      actions.delete(session);
    });
    return buttons;
  }

  private readonly _trans: ITranslate;
  private readonly _actions: ISessionActions;
  private readonly _message: HTMLElement;
  private readonly _list: HTMLElement;
}
