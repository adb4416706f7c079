/** Backups: what the server tells of backups, and of the jobs that make and restore them. */
import { asObject, asNumber, asString } from '../core/json';
import type { ITranslationBundle } from '../core/translation';
import { formatSize } from '../core/format';

/** One backup; what is not known of it is null. */
export interface IBackupItem {
  readonly name: string;
  readonly time: Date | null;
  /** scheduled, asked or safety. */
  readonly reason: string;
  readonly sessions: number | null;
  readonly blocks: number | null;
  readonly bytes: number;
}

/** How a job goes. */
export interface IJob {
  readonly id: string;
  readonly state: string;
  readonly result: IRestoreResult;
  readonly error: string;
}

/** What a restore has done. */
export interface IRestoreResult {
  readonly sessions: number;
  readonly blocks: number;
  readonly replaced: number;
  readonly unchanged: number;
  /** Why sessions stay as they are, one for each of them. */
  readonly refused: readonly string[];
  /** Name of the backup that has what was replaced; '': nothing was. */
  readonly safetyCopy: string;
}

/** Read the server's list, the newest first. */
export function readBackups(data: unknown): IBackupItem[] {
  const { backups } = asObject(data);
  const read = Array.isArray(backups) ? backups.map(readBackup) : [];
  return read.filter(backup => backup.name !== '');
}

function readBackup(data: unknown): IBackupItem {
  const { name, time, reason, sessions, blocks, size_bytes: bytes } = asObject(data);
  const moment = new Date(asString(time) || NaN);
  return {
    name: asString(name),
    time: Number.isNaN(moment.getTime()) ? null : moment,
    reason: asString(reason),
    sessions: typeof sessions === 'number' ? sessions : null,
    blocks: typeof blocks === 'number' ? blocks : null,
    bytes: asNumber(bytes)
  };
}

/** Read how a job goes. */
export function readJob(data: unknown): IJob {
  const { id, state, problem, result } = asObject(data);
  return {
    id: asString(id),
    state: asString(state),
    error: asString(problem),
    result: readRestoreResult(result)
  };
}

function readRestoreResult(data: unknown): IRestoreResult {
  const { sessions, blocks, replaced, unchanged, refused, safety_copy: copy } = asObject(data);
  return {
    sessions: asNumber(sessions),
    blocks: asNumber(blocks),
    replaced: asNumber(replaced),
    unchanged: asNumber(unchanged),
    refused: Array.isArray(refused) ? refused.map(one => asString(asObject(one)['reason'])) : [],
    safetyCopy: asString(copy)
  };
}

/** What is in a backup, and why it was made. */
export function describeBackup(backup: IBackupItem, trans: ITranslationBundle): string[] {
  const { sessions, blocks, bytes, reason } = backup;
  const facts = [
    sessions === null ? '' : trans._n('%1 session', '%1 sessions', sessions),
    blocks === null ? '' : trans._n('%1 block', '%1 blocks', blocks),
    formatSize(bytes, trans)
  ];
  if (reason === 'asked') {
    facts.push(trans.__('asked for'));
  } else if (reason === 'safety') {
    facts.push(trans.__('before a restore'));
  }
  return facts.filter(Boolean);
}

/** What a restore has done, in sentences. */
export function describeRestore(restored: IRestoreResult, trans: ITranslationBundle): string {
  const { sessions, blocks, replaced, unchanged, refused, safetyCopy } = restored;
  const words: string[] = [];
  if (sessions === 0) {
    words.push(trans.__('Nothing had to come back.'));
  } else {
    const found = trans._n('%1 block', '%1 blocks', blocks);
    words.push(trans._n('%1 session is back (%2).', '%1 sessions are back (%2).', sessions, found));
  }
  if (replaced > 0) {
    words.push(trans._n('%1 of them was replaced.', '%1 of them were replaced.', replaced));
  }
  if (safetyCopy !== '') {
    words.push(trans.__('The backup %1 has what was here before.', safetyCopy));
  }
  if (unchanged > 0) {
    words.push(trans._n('%1 is as in the backup.', '%1 are as in the backup.', unchanged));
  }
  new Set(refused).forEach(reason => {
    const count = refused.filter(one => one === reason).length;
    words.push(trans._n('%1 stays as it is: %2.', '%1 stay as they are: %2.', count, reason));
  });
  return words.join(' ');
}
