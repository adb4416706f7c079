/** Actions on recorded sessions and backups. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Contents } from '@jupyterlab/services';

import { describeRestore, type IBackupItem } from './backups';
import { notebookPath, sessionTitle, type ISessionItem } from './model';
import type { ITranslationBundle } from '../core/translation';
import { formatBackupTime } from './backupsview';
import { download } from '../core/components/download';
import type { CurrentNotebook } from '../core/notebook/currentnotebook';
import type { SessionsApi } from './api';
import { restoreState } from '../core/kernel/restorestate';
import { writeNotebook } from './notebookfile';
import { errorMessage } from '../core/errors';

/** What the actions need from JupyterLab and the server. */
export interface ISessionTools {
  readonly api: SessionsApi;
  readonly commands: JupyterFrontEnd['commands'];
  readonly contents: Contents.IManager;
}

/** Actions that return a message about what they did, and reject with the reason if they failed. */
export class SessionActions {
  /** States are restored into *currentNotebook*; *showProgress* is called with what is going on. */
  constructor(
    private readonly _tools: ISessionTools,
    private readonly _currentNotebook: CurrentNotebook,
    private readonly _trans: ITranslationBundle,
    private readonly _showProgress: (message: string) => void
  ) {}

  /** Whether the state of a session can be restored into the current notebook. */
  canLoad(session: ISessionItem): boolean {
    const { blockList } = this._currentNotebook;
    return blockList !== null && blockList.hasKernel && blockList.session !== session.id;
  }

  /** Save a session as a new notebook and open it. */
  async open(session: ISessionItem): Promise<string> {
    const { contents, commands, api } = this._tools;
    const trans = this._trans;
    const currentPath = this._currentNotebook.blockList?.panel.context.path ?? '';
    const directory = contents.localPath(currentPath).split('/').slice(0, -1).join('/');
    const file = {
      title: trans.__('Open session %1 as a notebook', sessionTitle(session)),
      path: notebookPath(session, directory, trans),
      content: () => api.export(session.id)
    };
    const path = await writeNotebook(contents, file, trans);
    if (path === null) {
      return '';
    }
    await commands.execute('docmanager:open', { path, factory: 'Notebook' });
    return trans.__('Saved and opened %1', path);
  }

  /** Restore the state of a session into the shell of the current notebook. */
  async load(session: ISessionItem): Promise<string> {
    const trans = this._trans;
    const title = sessionTitle(session);
    const panel = this._currentNotebook.blockList?.panel;
    const kernel = panel?.sessionContext.session?.kernel;
    if (panel === undefined || !kernel) {
      throw new Error(trans.__('The current notebook has no running shell.'));
    }
    const notebook = panel.title.label;
    const file = {
      title: trans.__('Restore %1 into %2?', title, notebook),
      body: trans.__(
        'The working directory, variables, functions, aliases and options of the shell of %1 will be replaced by those at the end of session %2.',
        notebook,
        title
      ),
      target: { session: session.id }
    };
    const isDone = await restoreState(kernel, file, trans);
    return isDone ? trans.__('Restored the state of %1 into %2', title, notebook) : '';
  }

  /** Download a session as a notebook. */
  async export({ id }: ISessionItem): Promise<string> {
    const text = JSON.stringify(await this._tools.api.export(id), null, 1);
    const name = `${id}.ipynb`;
    download(name, new Blob([text], { type: 'application/x-ipynb+json' }));
    return this._trans.__('Exported to %1', name);
  }

  /** Archive a session, or restore an archived one to the list. */
  async archive(session: ISessionItem): Promise<string> {
    const isArchived = session.state === 'archived';
    await this._tools.api.archive(session.id, !isArchived);
    return isArchived
      ? this._trans.__('Restored %1 to the list', sessionTitle(session))
      : this._trans.__('Archived %1', sessionTitle(session));
  }

  /** Delete a session; null if the user has cancelled that. */
  async delete(session: ISessionItem): Promise<string | null> {
    const trans = this._trans;
    const title = sessionTitle(session);
    const blockNote = trans._n(
      'The session has %1 block. Its record will be deleted; its notebook will not.',
      'The session has %1 blocks. Their records will be deleted; the notebook will not.',
      session.blocks
    );
    const [newest] = await this._tools.api.backups();
    const backupNote =
      newest === undefined
        ? trans.__('There is no backup, so this cannot be undone.')
        : trans.__(
            'The session can be restored as it was in the backup of %1.',
            formatBackupTime(newest)
          );
    const { button } = await showDialog({
      title: trans.__('Delete session %1?', title),
      body: `${blockNote} ${backupNote}`,
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })],
      defaultButton: 0
    });
    if (!button.accept) {
      return null;
    }
    await this._tools.api.delete(session.id);
    return trans.__('Deleted %1', title);
  }

  /** Restore a deleted session. */
  async restoreDeleted(session: ISessionItem): Promise<string> {
    const trans = this._trans;
    const title = sessionTitle(session);
    this._showProgress(trans.__('Restoring %1 from the latest backup…', title));
    try {
      const restored = await this._tools.api.restoreSession(session.id);
      return describeRestore(restored, trans);
    } catch (error) {
      const reason = errorMessage(error);
      throw new Error(trans.__('Cannot restore %1: %2', title, reason), { cause: error });
    }
  }

  /** Back up all sessions. */
  async backUp(): Promise<string> {
    this._showProgress(this._trans.__('Backing up…'));
    await this._tools.api.backUp();
    return this._trans.__('Backed up');
  }

  /** Restore a backup. */
  async restore(backup: IBackupItem): Promise<string> {
    const trans = this._trans;
    const time = formatBackupTime(backup);
    const { button, isChecked } = await showDialog({
      title: trans.__('Restore the backup of %1?', time),
      body: trans.__(
        'Missing sessions and blocks will be restored. ' +
          'Running sessions and sessions that changed after the backup will not be modified.'
      ),
      checkbox: {
        label: trans.__(
          'Also replace sessions that changed after the backup (newer blocks are lost)'
        ),
        caption: trans.__('A backup of the current state is made first.')
      },
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Restore') })]
    });
    if (!button.accept) {
      return '';
    }
    this._showProgress(trans.__('Restoring the backup of %1…', time));
    return describeRestore(await this._tools.api.restore(backup.name, isChecked === true), trans);
  }
}
