/** Sessions: what the server tells of the sessions that are kept. */

import { asObject, asNumber, asString } from '../core/json';
import type { ITranslationBundle } from '../core/translation';

/** One session. */
export interface ISessionItem {
  readonly id: string;
  /** live, closed, lost or archived. */
  readonly state: string;
  readonly modified: Date | null;
  readonly blocks: number;
  readonly failed: number;
  readonly directory: string;
  /** Path of its notebook, as the session has it; '': it has none. */
  readonly notebook: string;
}

/** Some of the sessions, and how many there are. */
export interface ISessionList {
  readonly sessions: readonly ISessionItem[];
  readonly total: number;
}

/** Read the server's answer; what can't be read of it is left out. */
export function readSessions(data: unknown): ISessionList {
  const { sessions, total } = asObject(data);
  const read = Array.isArray(sessions) ? sessions.map(readSession) : [];
  const found = read.filter(session => session !== null);
  return { sessions: found, total: typeof total === 'number' ? total : found.length };
}

function readSession(data: unknown): ISessionItem | null {
  const { id, state, modified, blocks, failed, directory, notebook } = asObject(data);
  if (typeof id !== 'string') {
    return null;
  }
  const moment = new Date(typeof modified === 'string' ? modified : NaN);
  return {
    id,
    state: asString(state),
    modified: Number.isNaN(moment.getTime()) ? null : moment,
    blocks: asNumber(blocks),
    failed: asNumber(failed),
    directory: asString(directory),
    notebook: asString(notebook)
  };
}

/** What a session is called: its notebook's name, else its directory's, else its identity. */
export function sessionTitle({ notebook, directory, id }: ISessionItem): string {
  return last(notebook) || last(directory) || id;
}

/** Where a session's notebook is to be: in a directory, named after the session. */
export function notebookPath(
  session: ISessionItem,
  directory: string,
  trans: ITranslationBundle
): string {
  // What no name of a file may have.
  const name = sessionTitle(session)
    .replace(/\.ipynb$/, '')
    .replace(/[\\/:*?"<>|]/g, '-');
  const file = trans.__('%1 (session)', name);
  return directory === '' ? `${file}.ipynb` : `${directory}/${file}.ipynb`;
}

/** Return a path for the *number*th file of that name: "deploy (session) 2.ipynb". */
export function numberedName(path: string, number: number): string {
  return number === 1 ? path : `${path.replace(/\.ipynb$/, '')} ${number}.ipynb`;
}

/** The message in an answer that is none; '': it has none. */
export function problemIn(data: unknown): string {
  return asString(asObject(data)['message']);
}

function last(path: string): string {
  return path.split('/').filter(Boolean).at(-1) ?? '';
}
