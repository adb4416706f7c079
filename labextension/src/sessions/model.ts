/** Recorded sessions, as the server lists them. */

import { isSessionId } from '../core/identity';
import { asObject, asNumber, asString } from '../core/json';
import type { ITranslationBundle } from '../core/translation';

/** A recorded session. */
export interface ISessionItem {
  readonly id: string;
  /** `live`, `closed`, `lost` or `archived`. */
  readonly state: string;
  readonly modified: Date | null;
  readonly blocks: number;
  readonly failed: number;
  readonly directory: string;
  /** Path of its notebook as recorded in the session; '' if it has none. */
  readonly notebook: string;
}

/** The first sessions of a list, and the number of all. */
export interface ISessionList {
  readonly sessions: readonly ISessionItem[];
  readonly total: number;
}

/** Read the server's list; skip what cannot be read. */
export function readSessions(data: unknown): ISessionList {
  const { sessions, total } = asObject(data);
  const read = Array.isArray(sessions) ? sessions.map(readSession) : [];
  const found = read.filter(session => session !== null);
  return { sessions: found, total: typeof total === 'number' ? total : found.length };
}

function readSession(data: unknown): ISessionItem | null {
  const { id, state, modified, blocks, failed, directory, notebook } = asObject(data);
  if (!isSessionId(id)) {
    return null;
  }
  const time = new Date(typeof modified === 'string' ? modified : NaN);
  return {
    id,
    state: asString(state),
    modified: Number.isNaN(time.getTime()) ? null : time,
    blocks: asNumber(blocks),
    failed: asNumber(failed),
    directory: asString(directory),
    notebook: asString(notebook)
  };
}

/** Return the title of a session: the name of its notebook or of its directory, or its ID. */
export function sessionTitle({ notebook, directory, id }: ISessionItem): string {
  return last(notebook) || last(directory) || id;
}

/** Return the path of a new notebook for a session in *directory*. */
export function notebookPath(
  session: ISessionItem,
  directory: string,
  trans: ITranslationBundle
): string {
  // Characters that are not allowed in file names.
  const name = sessionTitle(session)
    .replace(/\.ipynb$/, '')
    .replace(/[\\/:*?"<>|]/g, '-');
  const file = trans.__('%1 (session)', name);
  return directory === '' ? `${file}.ipynb` : `${directory}/${file}.ipynb`;
}

/** Return the *number*th path for a name: "deploy (session) 2.ipynb". */
export function numberedName(path: string, number: number): string {
  return number === 1 ? path : `${path.replace(/\.ipynb$/, '')} ${number}.ipynb`;
}

function last(path: string): string {
  return path.split('/').filter(Boolean).at(-1) ?? '';
}
