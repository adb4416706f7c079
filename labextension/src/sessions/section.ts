/** The panel's sessions section, which can also show the backups. */
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
import { createElement } from '../core/components/elements';
import { MessageView, type IMessageAction } from './messageview';
import { SessionsView } from './view';
import type { CurrentNotebook } from '../core/notebook/currentnotebook';
import { NotEnabledError } from '../core/request';
import { SessionActions, type ISessionTools } from './actions';
import { SessionMenu, type ISessionAction } from './menu';
import { errorMessage } from '../core/errors';

const MAX_SESSIONS = 50;
// Longer than it takes until a finished block is in the store.
const STORE_MILLISECONDS = 1500;

/** Lists recorded sessions or backups, with actions on them. */
export class SessionsSection extends PanelWithToolbar {
  /** *tools* and *currentNotebook* are for the actions. */
  constructor(tools: ISessionTools, currentNotebook: CurrentNotebook, trans: TranslationBundle) {
    super();
    this._tools = tools;
    this._trans = trans;
    this.addClass('et-Section');
    this.title.label = trans.__('Sessions');
    this._sessionActions = new SessionActions(tools, currentNotebook, trans, message => {
      this._message.showProgress(message);
    });
    this._menu = new SessionMenu(tools.commands, this._menuActions(), trans);
    this._view = new SessionsView(trans, (session, left, top) => {
      this._menu.open(session, { left, top }, () => {
        this._view.focus(session.id);
      });
    });
    this._backups = new BackupsView(trans, backup => {
      void this._run(() => this._sessionActions.restore(backup));
    });
    const node = createElement('div', 'et-Sessions');
    node.append(this._message.node, this._view.node, this._backups.node);
    this.addWidget(new Widget({ node }));
    this._addButtons();
  }

  /** Mark the session of the current notebook. */
  set current(session: string) {
    if (session !== this._current) {
      this._current = session;
      this.refresh();
    }
  }

  /** Reload the list if it is visible. */
  refresh(): void {
    if (this.isVisible) {
      void this._refresh();
    }
  }

  /** Reload the list when the latest changes are in the store. */
  refreshLater(): void {
    this._timer ??= window.setTimeout(() => {
      this._timer = null;
      this.refresh();
    }, STORE_MILLISECONDS);
  }

  override dispose(): void {
    this._menu.dispose();
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.refresh();
  }

  private _menuActions(): ISessionAction[][] {
    const trans = this._trans;
    const actions = this._sessionActions;
    const run = (
      deed: (session: ISessionItem) => Promise<string>
    ): Pick<ISessionAction, 'run'> => ({
      run: session => void this._run(() => deed(session))
    });
    const always = (): boolean => true;
    const isEnded = ({ state }: ISessionItem): boolean => state !== 'live';
    const open = { ...run(session => actions.open(session)), isEnabled: always };
    const load = {
      ...run(session => actions.load(session)),
      isEnabled: (session: ISessionItem) => actions.canLoad(session)
    };
    const save = { ...run(session => actions.export(session)), isEnabled: always };
    const archive = { ...run(session => actions.archive(session)), isEnabled: isEnded };
    const remove = {
      run: (session: ISessionItem) => void this._delete(session),
      isEnabled: isEnded
    };
    const inList = trans.__('Restore to the List');
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
    const archived = add('archived', listIcon, trans.__('Show archived sessions'), () => {
      this._isShowingArchived = !this._isShowingArchived;
      archived.pressed = this._isShowingArchived;
      this.refresh();
    });
    add('backup', saveIcon, trans.__('Back up all sessions now'), () => {
      void this._run(() => this._sessionActions.backUp());
    });
    const backups = add('backups', undoIcon, trans.__('Show backups'), () => {
      this._isShowingBackups = !this._isShowingBackups;
      backups.pressed = this._isShowingBackups;
      this._message.show('');
      this.refresh();
    });
    add('refresh', refreshIcon, trans.__('Refresh the list of sessions'), () => {
      this._message.show('');
      this.refresh();
    });
  }

  private async _refresh(): Promise<void> {
    const requestNumber = ++this._requestNumber;
    const { api } = this._tools;
    try {
      const list = this._isShowingBackups
        ? null
        : await api.list(MAX_SESSIONS, this._isShowingArchived);
      const backups = this._isShowingBackups ? await api.backups() : [];
      if (requestNumber === this._requestNumber) {
        this._backups.show(backups);
        this._show(list);
      }
    } catch (error) {
      if (requestNumber === this._requestNumber) {
        this._view.clear();
        this._backups.node.hidden = true;
        this._message.show(this._errorText(error));
      }
    }
  }

  /** Show sessions; null to show the backups. */
  private _show(list: ISessionList | null): void {
    if (this._isUnavailable) {
      this._isUnavailable = false;
      this._message.show('');
    }
    this._view.node.hidden = list === null;
    this._backups.node.hidden = list !== null;
    if (list !== null) {
      this._menu.sessions = list.sessions;
      this._view.show(list, this._current);
    }
  }

  /** Run an action, show its result and reload the list. */
  private async _run(
    action: () => Promise<string>,
    messageAction: IMessageAction | null = null
  ): Promise<void> {
    try {
      this._message.show(await action(), messageAction);
    } catch (error) {
      this._message.show(this._errorText(error));
      return;
    }
    await this._refresh();
  }

  private async _delete(session: ISessionItem): Promise<void> {
    const restoreAction = {
      label: this._trans.__('Restore from Latest Backup'),
      run: () => void this._run(() => this._sessionActions.restoreDeleted(session))
    };
    try {
      const message = await this._sessionActions.delete(session);
      if (message !== null) {
        this._message.show(message, restoreAction);
        await this._refresh();
      }
    } catch (error) {
      this._message.show(this._errorText(error));
    }
  }

  private _errorText(error: unknown): string {
    if (error instanceof NotEnabledError) {
      this._isUnavailable = true;
      return this._trans.__(
        'Sessions cannot be listed: the server extension of EffectTalk is not enabled. Run `jupyter server extension enable effecttalk_kernel.server` and restart the server.'
      );
    }
    return errorMessage(error);
  }

  private readonly _tools: ISessionTools;
  private readonly _trans: TranslationBundle;
  private readonly _sessionActions: SessionActions;
  private readonly _menu: SessionMenu;
  private readonly _view: SessionsView;
  private readonly _backups: BackupsView;
  private readonly _message = new MessageView();
  private _current = '';
  private _isShowingArchived = false;
  private _isShowingBackups = false;
  private _isUnavailable = false;
  private _requestNumber = 0;
  private _timer: number | null = null;
}
