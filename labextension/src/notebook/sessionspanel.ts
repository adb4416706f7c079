/** Sessions panel: the section about the sessions that are kept. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  PanelWithToolbar,
  refreshIcon,
  saveIcon,
  listIcon,
  ToolbarButton
} from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { sessionTitle, type ISessionItem, type ISessionList } from '../model/sessions';
import { SessionsView } from '../view/sessionsview';
import { NotEnabledError, type KeptSessions } from './keptsessions';

const SHOWN = 50;
// A block that has ended is in the store a little later.
const KEEPING_MILLISECONDS = 1500;

/** Shows the last sessions, and does with them what somebody wants. */
export class SessionsPanel extends PanelWithToolbar {
  /** *kept* has the sessions. */
  constructor(kept: KeptSessions, trans: TranslationBundle) {
    super();
    this._kept = kept;
    this._trans = trans;
    this.addClass('et-Section');
    this.title.label = trans.__('Sessions');
    this._view = new SessionsView(trans, {
      export: session => void this._do(() => this._export(session)),
      archive: session => void this._do(() => this._archive(session)),
      delete: session => void this._do(() => this._delete(session))
    });
    const body = new Widget({ node: this._view.node });
    this.addWidget(body);
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

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.refresh();
  }

  private _addButtons(): void {
    const trans = this._trans;
    const archived = new ToolbarButton({
      icon: listIcon,
      tooltip: trans.__('Show archived sessions too'),
      onClick: () => {
        this._areArchived = !this._areArchived;
        archived.pressed = this._areArchived;
        this.refresh();
      }
    });
    this.toolbar.addItem('archived', archived);
    this.toolbar.addItem(
      'backup',
      new ToolbarButton({
        icon: saveIcon,
        tooltip: trans.__('Back up all sessions now'),
        onClick: () => void this._do(() => this._backUp())
      })
    );
    this.toolbar.addItem(
      'refresh',
      new ToolbarButton({
        icon: refreshIcon,
        tooltip: trans.__('Refresh the list of sessions'),
        onClick: () => {
          this._view.say('');
          this.refresh();
        }
      })
    );
  }

  private async _refresh(): Promise<void> {
    const asked = ++this._asked;
    try {
      const list = await this._kept.list(SHOWN, this._areArchived);
      if (asked === this._asked) {
        this._show(list);
      }
    } catch (error) {
      if (asked === this._asked) {
        this._view.clear();
        this._view.say(this._problem(error));
      }
    }
  }

  private _show(list: ISessionList): void {
    if (this._isTrouble) {
      this._isTrouble = false;
      this._view.say('');
    }
    this._view.show(list, this._current);
  }

  /** Do what somebody wants, say what has come of it, and show the list anew. */
  private async _do(action: () => Promise<string>): Promise<void> {
    try {
      this._view.say(await action());
    } catch (error) {
      this._view.say(this._problem(error));
      return;
    }
    await this._refresh();
  }

  private _problem(error: unknown): string {
    if (error instanceof NotEnabledError) {
      this._isTrouble = true;
      return this._trans.__(
        'The server does not tell of sessions: its extension is not enabled. Run `jupyter server extension enable effecttalk_kernel.server` and start the server again.'
      );
    }
    return error instanceof Error ? error.message : String(error);
  }

  private async _export(session: ISessionItem): Promise<string> {
    const text = await this._kept.export(session.id);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/x-ipynb+json' }));
    link.download = `${session.id}.ipynb`;
    link.click();
    URL.revokeObjectURL(link.href);
    return this._trans.__('Exported to %1', link.download);
  }

  private async _archive(session: ISessionItem): Promise<string> {
    const isArchived = session.state === 'archived';
    await this._kept.archive(session.id, !isArchived);
    return isArchived
      ? this._trans.__('%1 is in the list again', sessionTitle(session))
      : this._trans.__('%1 is archived', sessionTitle(session));
  }

  private async _delete(session: ISessionItem): Promise<string> {
    const trans = this._trans;
    const title = sessionTitle(session);
    const { button } = await showDialog({
      title: trans.__('Delete the session %1?', title),
      body: trans._n(
        'It has %1 block. What is kept of it is removed; its notebook stays as it is.',
        'It has %1 blocks. What is kept of them is removed; the notebook stays as it is.',
        session.blocks
      ),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })],
      defaultButton: 0
    });
    if (!button.accept) {
      return '';
    }
    await this._kept.delete(session.id);
    return trans.__('%1 is deleted', title);
  }

  private async _backUp(): Promise<string> {
    this._view.say(this._trans.__('Backing up…'));
    await this._kept.backUp();
    return this._trans.__('Backed up');
  }

  private readonly _kept: KeptSessions;
  private readonly _trans: TranslationBundle;
  private readonly _view: SessionsView;
  private _current = '';
  private _areArchived = false;
  private _isTrouble = false;
  private _asked = 0;
  private _timer: number | null = null;
}
