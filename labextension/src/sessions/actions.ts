/** Session deeds: what somebody can do with kept sessions and backups; each says what came of it. */
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

/** What is needed of JupyterLab and the server. */
export interface ISessionTools {
  readonly api: SessionsApi;
  readonly commands: JupyterFrontEnd['commands'];
  readonly contents: Contents.IManager;
}

/** Does what somebody wants. Everything raises Error with the reason why it can't be done. */
export class SessionActions {
  /** *front* is the notebook into which a state is restored; *wait* says what goes on. */
  constructor(
    private readonly _tools: ISessionTools,
    private readonly _currentNotebook: CurrentNotebook,
    private readonly _trans: ITranslationBundle,
    private readonly _showProgress: (message: string) => void
  ) {}

  /** Whether a session's state can be brought into the notebook in front. */
  canLoad(session: ISessionItem): boolean {
    const { blockList } = this._currentNotebook;
    return blockList !== null && blockList.hasKernel && blockList.session !== session.id;
  }

  /** Open it as a notebook, in a new file. */
  async open(session: ISessionItem): Promise<string> {
    const { contents, commands, api } = this._tools;
    const trans = this._trans;
    const currentPath = this._currentNotebook.blockList?.panel.context.path ?? '';
    const directory = contents.localPath(currentPath).split('/').slice(0, -1).join('/');
    const wanted = {
      title: trans.__('Open the session %1 as a notebook', sessionTitle(session)),
      path: notebookPath(session, directory, trans),
      content: () => api.export(session.id)
    };
    const path = await writeNotebook(contents, wanted, trans);
    if (path === null) {
      return '';
    }
    await commands.execute('docmanager:open', { path, factory: 'Notebook' });
    return trans.__('%1 is written and open', path);
  }

  /** Have the shell of the notebook in front take over its state. */
  async load(session: ISessionItem): Promise<string> {
    const trans = this._trans;
    const title = sessionTitle(session);
    const panel = this._currentNotebook.blockList?.panel;
    const kernel = panel?.sessionContext.session?.kernel;
    if (panel === undefined || !kernel) {
      throw new Error(trans.__('There is no notebook with a shell in front.'));
    }
    const notebook = panel.title.label;
    const wanted = {
      title: trans.__('Restore %1 into %2?', title, notebook),
      body: trans.__(
        'Directory, variables, functions, aliases and options of the shell of %1 become what they were last in the session %2; what they are now is lost.',
        notebook,
        title
      ),
      command: `effecttalk sessions load ${session.id}`
    };
    const isDone = await restoreState(kernel, wanted, trans);
    return isDone ? trans.__('The state of %1 is in %2', title, notebook) : '';
  }

  /** Have the browser save it as a notebook. */
  async export({ id }: ISessionItem): Promise<string> {
    const text = JSON.stringify(await this._tools.api.export(id), null, 1);
    const name = `${id}.ipynb`;
    download(name, new Blob([text], { type: 'application/x-ipynb+json' }));
    return this._trans.__('Exported to %1', name);
  }

  /** Take it out of the list, or bring it back into it. */
  async archive(session: ISessionItem): Promise<string> {
    const isArchived = session.state === 'archived';
    await this._tools.api.archive(session.id, !isArchived);
    return isArchived
      ? this._trans.__('%1 is in the list again', sessionTitle(session))
      : this._trans.__('%1 is archived', sessionTitle(session));
  }

  /** Remove it; null: it was not wanted. */
  async delete(session: ISessionItem): Promise<string | null> {
    const trans = this._trans;
    const title = sessionTitle(session);
    const lost = trans._n(
      'It has %1 block. What is kept of it is removed; its notebook stays as it is.',
      'It has %1 blocks. What is kept of them is removed; the notebook stays as it is.',
      session.blocks
    );
    const [newest] = await this._tools.api.backups();
    const way =
      newest === undefined
        ? trans.__('There is no backup: it will not come back.')
        : trans.__(
            'What the backup of %1 has of it can be brought back.',
            formatBackupTime(newest)
          );
    const { button } = await showDialog({
      title: trans.__('Delete the session %1?', title),
      body: `${lost} ${way}`,
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })],
      defaultButton: 0
    });
    if (!button.accept) {
      return null;
    }
    await this._tools.api.delete(session.id);
    return trans.__('%1 is deleted', title);
  }

  /** Bring back one that was deleted. */
  async restoreDeleted(session: ISessionItem): Promise<string> {
    const trans = this._trans;
    const title = sessionTitle(session);
    this._showProgress(trans.__('Bringing %1 back from the newest backup…', title));
    try {
      const restored = await this._tools.api.restoreSession(session.id);
      return describeRestore(restored, trans);
    } catch (error) {
      const reason = errorMessage(error);
      throw new Error(trans.__('%1 is not back: %2', title, reason), { cause: error });
    }
  }

  /** Back up everything. */
  async backUp(): Promise<string> {
    this._showProgress(this._trans.__('Backing up…'));
    await this._tools.api.backUp();
    return this._trans.__('Backed up');
  }

  /** Bring back what a backup has. */
  async restore(backup: IBackupItem): Promise<string> {
    const trans = this._trans;
    const time = formatBackupTime(backup);
    const { button, isChecked } = await showDialog({
      title: trans.__('Restore the backup of %1?', time),
      body: trans.__(
        'Sessions that are not kept any more come back, and blocks that are missing. ' +
          'Sessions that run are not touched, and those that have changed since stay as they are.'
      ),
      checkbox: {
        label: trans.__(
          'Replace those that have changed since, too: what they have had since is lost'
        ),
        caption: trans.__('Before that, a backup of today is made.')
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
