/** Sessions: what the server tells of the sessions that are kept. */

/** One session. */
export interface ISessionItem {
  readonly id: string;
  /** open, closed, lost or archived. */
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
  const { sessions, total } = fields(data);
  const read = Array.isArray(sessions) ? sessions.map(readSession) : [];
  const found = read.filter(session => session !== null);
  return { sessions: found, total: typeof total === 'number' ? total : found.length };
}

function readSession(data: unknown): ISessionItem | null {
  const { id, state, modified, blocks, failed, directory, notebook } = fields(data);
  if (typeof id !== 'string') {
    return null;
  }
  const moment = new Date(typeof modified === 'string' ? modified : NaN);
  return {
    id,
    state: text(state),
    modified: Number.isNaN(moment.getTime()) ? null : moment,
    blocks: number(blocks),
    failed: number(failed),
    directory: text(directory),
    notebook: text(notebook)
  };
}

/** What a session is called: its notebook's name, else its directory's, else its identity. */
export function sessionTitle({ notebook, directory, id }: ISessionItem): string {
  return last(notebook) || last(directory) || id;
}

/** The message in an answer that is none; '': it has none. */
export function problemIn(data: unknown): string {
  return text(fields(data)['message']);
}

function last(path: string): string {
  return path.split('/').filter(Boolean).at(-1) ?? '';
}

function fields(data: unknown): Record<string, unknown> {
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
