/** Sessions panel: the section about the sessions that are kept, and about their backups. */
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  listIcon,
  PanelWithToolbar,
  refreshIcon,
  saveIcon,
  ToolbarButton,
  undoIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { ISessionItem, ISessionList } from './model';
import { BackupsView } from './backupsview';
import { element } from '../core/components/elements';
import { SessionMessage, type IOffer } from './messageview';
import { SessionsView } from './view';
import type { Front } from '../core/notebook/currentnotebook';
import { NotEnabledError } from './api';
import { SessionDeeds, type ISessionTools } from './actions';
import { SessionMenu, type ISessionAction } from './menu';
import { problemOf } from '../core/errors';

const SHOWN = 50;
// A block that has ended is in the store a little later.
const KEEPING_MILLISECONDS = 1500;

/** Shows the last sessions or the backups, and does with them what somebody wants. */
export class SessionsPanel extends PanelWithToolbar {
  /** *tools* have the sessions; *front* is the notebook in front. */
  constructor(tools: ISessionTools, front: Front, trans: TranslationBundle) {
    super();
    this._tools = tools;
    this._trans = trans;
    this.addClass('et-Section');
    this.title.label = trans.__('Sessions');
    this._deeds = new SessionDeeds(tools, front, trans, message => {
      this._message.wait(message);
    });
    this._menu = new SessionMenu(tools.commands, this._actions(), trans);
    this._view = new SessionsView(trans, (session, left, top) => {
      this._menu.open(session, { left, top }, () => {
        this._view.focus(session.id);
      });
    });
    this._backups = new BackupsView(trans, backup => {
      void this._do(() => this._deeds.restore(backup));
    });
    const node = element('div', 'et-Sessions');
    node.append(this._message.node, this._view.node, this._backups.node);
    this.addWidget(new Widget({ node }));
    this._addButtons();
  }

  /** Mark the session of the notebook in front. */
  set current(session: string) {
    if (session !== this._current) {
      this._current = session;
      this.refresh();
    }
  }

  /** Ask the server again, if somebody can see it. */
  refresh(): void {
    if (this.isVisible) {
      void this._refresh();
    }
  }

  /** Ask the server again when what is going on has been kept. */
  refreshLater(): void {
    this._timer ??= window.setTimeout(() => {
      this._timer = null;
      this.refresh();
    }, KEEPING_MILLISECONDS);
  }

  override dispose(): void {
    this._menu.dispose();
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.refresh();
  }

  private _actions(): ISessionAction[][] {
    const trans = this._trans;
    const deeds = this._deeds;
    const doing = (
      deed: (session: ISessionItem) => Promise<string>
    ): Pick<ISessionAction, 'run'> => ({
      run: session => void this._do(() => deed(session))
    });
    const always = (): boolean => true;
    const isOver = ({ state }: ISessionItem): boolean => state !== 'live';
    const open = { ...doing(session => deeds.open(session)), isEnabled: always };
    const load = {
      ...doing(session => deeds.load(session)),
      isEnabled: (session: ISessionItem) => deeds.canLoad(session)
    };
    const save = { ...doing(session => deeds.export(session)), isEnabled: always };
    const archive = { ...doing(session => deeds.archive(session)), isEnabled: isOver };
    const remove = {
      run: (session: ISessionItem) => void this._delete(session),
      isEnabled: isOver
    };
    const inList = trans.__('Bring Back into the List');
    return [
      [
        { name: 'open', label: () => trans.__('Open as a Notebook…'), ...open },
        { name: 'load', label: () => trans.__('Restore into This Notebook…'), ...load },
        { name: 'download', label: () => trans.__('Download as a Notebook'), ...save }
      ],
      [
        {
          name: 'archive',
          label: ({ state }) => (state === 'archived' ? inList : trans.__('Archive')),
          ...archive
        },
        { name: 'delete', label: () => trans.__('Delete…'), ...remove }
      ]
    ];
  }

  private _addButtons(): void {
    const trans = this._trans;
    const add = (
      name: string,
      icon: LabIcon,
      tooltip: string,
      onClick: () => void
    ): ToolbarButton => {
      const button = new ToolbarButton({ icon, tooltip, onClick });
      this.toolbar.addItem(name, button);
      return button;
    };
    const archived = add('archived', listIcon, trans.__('Show archived sessions too'), () => {
      this._areArchived = !this._areArchived;
      archived.pressed = this._areArchived;
      this.refresh();
    });
    add('backup', saveIcon, trans.__('Back up all sessions now'), () => {
      void this._do(() => this._deeds.backUp());
    });
    const backups = add('backups', undoIcon, trans.__('Show the backups'), () => {
      this._areBackups = !this._areBackups;
      backups.pressed = this._areBackups;
      this._message.say('');
      this.refresh();
    });
    add('refresh', refreshIcon, trans.__('Refresh the list of sessions'), () => {
      this._message.say('');
      this.refresh();
    });
  }

  private async _refresh(): Promise<void> {
    const asked = ++this._asked;
    const { kept } = this._tools;
    try {
      const list = this._areBackups ? null : await kept.list(SHOWN, this._areArchived);
      const backups = this._areBackups ? await kept.backups() : [];
      if (asked === this._asked) {
        this._backups.show(backups);
        this._show(list);
      }
    } catch (error) {
      if (asked === this._asked) {
        this._view.clear();
        this._backups.node.hidden = true;
        this._message.say(this._problem(error));
      }
    }
  }

  /** Show sessions; null: the backups. */
  private _show(list: ISessionList | null): void {
    if (this._isTrouble) {
      this._isTrouble = false;
      this._message.say('');
    }
    this._view.node.hidden = list === null;
    this._backups.node.hidden = list !== null;
    if (list !== null) {
      this._menu.sessions = list.sessions;
      this._view.show(list, this._current);
    }
  }

  /** Do what somebody wants, say what has come of it, and show the list anew. */
  private async _do(deed: () => Promise<string>, offer: IOffer | null = null): Promise<void> {
    try {
      this._message.say(await deed(), offer);
    } catch (error) {
      this._message.say(this._problem(error));
      return;
    }
    await this._refresh();
  }

  private async _delete(session: ISessionItem): Promise<void> {
    const bringBack = {
      label: this._trans.__('Bring It Back from the Newest Backup'),
      run: () => void this._do(() => this._deeds.bringBack(session))
    };
    try {
      const said = await this._deeds.delete(session);
      if (said !== null) {
        this._message.say(said, bringBack);
        await this._refresh();
      }
    } catch (error) {
      this._message.say(this._problem(error));
    }
  }

  private _problem(error: unknown): string {
    if (error instanceof NotEnabledError) {
      this._isTrouble = true;
      return this._trans.__(
        'The server does not tell of sessions: its extension is not enabled. Run `jupyter server extension enable effecttalk_kernel.server` and start the server again.'
      );
    }
    return problemOf(error);
  }

  private readonly _tools: ISessionTools;
  private readonly _trans: TranslationBundle;
  private readonly _deeds: SessionDeeds;
  private readonly _menu: SessionMenu;
  private readonly _view: SessionsView;
  private readonly _backups: BackupsView;
  private readonly _message = new SessionMessage();
  private _current = '';
  private _areArchived = false;
  private _areBackups = false;
  private _isTrouble = false;
  private _asked = 0;
  private _timer: number | null = null;
}
