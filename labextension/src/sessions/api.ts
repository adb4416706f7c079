/** Kept sessions: those in the store, over the routes of the server; docs/server.md has these. */
import { ServerConnection } from '@jupyterlab/services';

import { readBackups, readJob, type IBackupItem, type IJob, type IRestoreResult } from './backups';
import { problemIn, readSessions, type ISessionList } from './model';

const POLL_MILLISECONDS = 300;

/** The server does not have our routes. */
export class NotEnabledError extends Error {}

/** Asks the server. Everything raises NotEnabledError, or Error with what the server says. */
export class SessionsApi {
  constructor(settings = ServerConnection.makeSettings()) {
    this._settings = settings;
  }

  /** Return the sessions, the last changed first. */
  async list(limit: number, areArchived: boolean): Promise<ISessionList> {
    const archived = areArchived ? 'all' : 'false';
    return readSessions(await this._request('GET', `sessions?limit=${limit}&archived=${archived}`));
  }

  /** Return a session as a notebook. */
  async export(session: string): Promise<unknown> {
    return this._request('POST', `sessions/${session}/export`);
  }

  /** Take a session out of the lists, or bring it back into them. */
  async archive(session: string, archived: boolean): Promise<void> {
    await this._request('PATCH', `sessions/${session}`, { archived });
  }

  /** Remove a session with all that is kept of it. */
  async delete(session: string): Promise<void> {
    await this._request('DELETE', `sessions/${session}`);
  }

  /** Return the backups, the newest first. */
  async backups(): Promise<IBackupItem[]> {
    return readBackups(await this._request('GET', 'backups'));
  }

  /** Make a backup of everything that is kept. */
  async backUp(): Promise<void> {
    await this._runJob('backups', {});
  }

  /** Bring back what a backup has; *force*: also in place of what has changed since. */
  async restore(backup: string, force: boolean): Promise<IRestoreResult> {
    return (await this._runJob(`backups/${backup}/restore`, { force })).result;
  }

  /** Bring back one session from the newest backup. */
  async restoreSession(session: string): Promise<IRestoreResult> {
    return (await this._runJob(`sessions/${session}/restore`, {})).result;
  }

  /** Begin a job and wait until it is done. */
  private async _runJob(path: string, body: unknown): Promise<IJob> {
    let job = readJob(await this._request('POST', path, body));
    while (job.state === 'running') {
      await new Promise(resolve => window.setTimeout(resolve, POLL_MILLISECONDS));
      job = readJob(await this._request('GET', `jobs/${job.id}`));
    }
    if (job.state === 'failed') {
      throw new Error(job.error);
    }
    return job;
  }

  private async _request(method: string, path: string, body?: unknown): Promise<unknown> {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const address = `${this._settings.baseUrl}effecttalk/api/${path}`;
    const response = await ServerConnection.makeRequest(address, init, this._settings);
    const text = await response.text();
    const data = parsed(text);
    if (response.ok && data !== null) {
      return data;
    }
    // Of our routes only those of one thing know a 404, and all answer in our own words.
    if (response.status === 404 && (path.startsWith('sessions?') || path === 'backups')) {
      throw new NotEnabledError();
    }
    throw new Error(problemIn(data) || `${response.status} ${response.statusText}`);
  }

  private readonly _settings: ServerConnection.ISettings;
}

/** Return what a text is as JSON, an empty one as an empty object; null: it is none. */
function parsed(text: string): unknown {
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
