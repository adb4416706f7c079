/** The recorded sessions and their backups, through the REST API; docs/server.md describes it. */
import { requestJSON, type IRequest } from '../core/request';
import { readBackups, readJob, type IBackupItem, type IJob, type IRestoreResult } from './backups';
import { readSessions, type ISessionList } from './model';

const POLL_MILLISECONDS = 300;

/** Requests about sessions. All raise RequestError, or NotEnabledError without the extension. */
export class SessionsApi {
  /** Return the sessions, the last changed first. */
  async list(limit: number, includeArchived: boolean): Promise<ISessionList> {
    const archived = includeArchived ? 'all' : 'false';
    return readSessions(await requestJSON(['sessions'], { query: { limit, archived } }));
  }

  /** Return a session as a notebook. */
  async export(session: string): Promise<unknown> {
    return requestJSON(['sessions', session, 'export'], { method: 'POST' });
  }

  /** Archive a session, or restore an archived one to the list. */
  async archive(session: string, archived: boolean): Promise<void> {
    await requestJSON(['sessions', session], { method: 'PATCH', body: { archived } });
  }

  /** Delete a session and everything that is stored of it. */
  async delete(session: string): Promise<void> {
    await requestJSON(['sessions', session], { method: 'DELETE' });
  }

  /** Return the backups, the newest first. */
  async backups(): Promise<IBackupItem[]> {
    return readBackups(await requestJSON(['backups']));
  }

  /** Back up all sessions. */
  async backUp(): Promise<void> {
    await this._runJob(['backups'], {});
  }

  /** Restore a backup; *force* also replaces sessions that have changed since. */
  async restore(backup: string, force: boolean): Promise<IRestoreResult> {
    return (await this._runJob(['backups', backup, 'restore'], { force })).result;
  }

  /** Restore one session from the latest backup. */
  async restoreSession(session: string): Promise<IRestoreResult> {
    return (await this._runJob(['sessions', session, 'restore'], {})).result;
  }

  /** Start a job and wait until it is done. */
  private async _runJob(path: readonly string[], body: IRequest['body']): Promise<IJob> {
    let job = readJob(await requestJSON(path, { method: 'POST', body }));
    while (job.state === 'running') {
      await new Promise(resolve => window.setTimeout(resolve, POLL_MILLISECONDS));
      job = readJob(await requestJSON(['jobs', job.id]));
    }
    if (job.state === 'failed') {
      throw new Error(job.error);
    }
    return job;
  }
}
