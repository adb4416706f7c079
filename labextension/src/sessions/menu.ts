/** The menu of a session, and its commands. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MenuSvg } from '@jupyterlab/ui-components';

import type { ISessionItem } from './model';
import type { ITranslationBundle } from '../core/translation';

type Commands = JupyterFrontEnd['commands'];

/** An entry of the menu. */
export interface ISessionAction {
  /** The command's ID without `effecttalk:session-`. */
  readonly name: string;
  label(session: ISessionItem): string;
  isEnabled(session: ISessionItem): boolean;
  run(session: ISessionItem): void;
}

/** The menu; its commands take the ID of one of the sessions in the list. */
export class SessionMenu {
  /** There is a separator between *groups*. */
  constructor(
    commands: Commands,
    groups: readonly (readonly ISessionAction[])[],
    trans: ITranslationBundle
  ) {
    this._menu = new MenuSvg({ commands });
    this._menu.title.label = trans.__('Session');
    this._names = groups.map(group =>
      group.map(action => addCommand(commands, action, this._sessions))
    );
    this._menu.aboutToClose.connect(() => {
      this._closed();
    });
  }

  /** Set the sessions in the list. */
  set sessions(sessions: readonly ISessionItem[]) {
    this._sessions.clear();
    sessions.forEach(session => this._sessions.set(session.id, session));
  }

  /** Open the menu of a session; *closed* is called when it is closed. */
  open({ id }: ISessionItem, index: { left: number; top: number }, closed: () => void): void {
    this._closed = closed;
    this._menu.clearItems();
    this._names.forEach((group, number) => {
      if (number > 0) {
        this._menu.addItem({ type: 'separator' });
      }
      group.forEach(command => this._menu.addItem({ command, args: { session: id } }));
    });
    this._menu.open(index.left, index.top);
  }

  /** Remove the menu. */
  dispose(): void {
    this._menu.dispose();
  }

  private readonly _menu: MenuSvg;
  private readonly _names: readonly (readonly string[])[];
  private readonly _sessions = new Map<string, ISessionItem>();
  private _closed: () => void = () => undefined;
}

function addCommand(
  commands: Commands,
  action: ISessionAction,
  sessions: ReadonlyMap<string, ISessionItem>
): string {
  const name = `effecttalk:session-${action.name}`;
  const find = ({ session }: { readonly session?: unknown }): ISessionItem | undefined =>
    typeof session === 'string' ? sessions.get(session) : undefined;
  commands.addCommand(name, {
    label: args => {
      const session = find(args);
      return session === undefined ? '' : action.label(session);
    },
    isVisible: args => find(args) !== undefined,
    isEnabled: args => {
      const session = find(args);
      return session !== undefined && action.isEnabled(session);
    },
    execute: args => {
      const session = find(args);
      if (session !== undefined) {
        action.run(session);
      }
    }
  });
  return name;
}
