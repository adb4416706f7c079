/** Backups, and the jobs that create and restore them. */
import { asObject, asNumber, asString } from '../core/json';
import type { ITranslationBundle } from '../core/translation';
import { formatSize } from '../core/format';

/** A backup; what is not known about it is null. */
export interface IBackupItem {
  readonly name: string;
  readonly time: Date | null;
  /** `scheduled`, `asked` or `safety`. */
  readonly reason: string;
  readonly sessions: number | null;
  readonly blocks: number | null;
  readonly bytes: number;
}

/** The state of a job. */
export interface IJob {
  readonly id: string;
  readonly state: string;
  readonly result: IRestoreResult;
  readonly error: string;
}

/** The result of restoring a backup. */
export interface IRestoreResult {
  readonly sessions: number;
  readonly blocks: number;
  readonly replaced: number;
  readonly unchanged: number;
  /** Why some sessions could not be restored, one reason for each. */
  readonly refused: readonly string[];
  /** Name of the backup with what was replaced; '' if nothing was replaced. */
  readonly safetyCopy: string;
}

/** Read the server's list of backups, the newest first. */
export function readBackups(data: unknown): IBackupItem[] {
  const { backups } = asObject(data);
  const read = Array.isArray(backups) ? backups.map(readBackup) : [];
  return read.filter(backup => backup.name !== '');
}

function readBackup(data: unknown): IBackupItem {
  const { name, time, reason, sessions, blocks, size_bytes: bytes } = asObject(data);
  const date = new Date(asString(time) || NaN);
  return {
    name: asString(name),
    time: Number.isNaN(date.getTime()) ? null : date,
    reason: asString(reason),
    sessions: typeof sessions === 'number' ? sessions : null,
    blocks: typeof blocks === 'number' ? blocks : null,
    bytes: asNumber(bytes)
  };
}

/** Read the state of a job. */
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

/** Describe what a backup contains and why it was made. */
export function describeBackup(backup: IBackupItem, trans: ITranslationBundle): string[] {
  const { sessions, blocks, bytes, reason } = backup;
  const facts = [
    sessions === null ? '' : trans._n('%1 session', '%1 sessions', sessions),
    blocks === null ? '' : trans._n('%1 block', '%1 blocks', blocks),
    formatSize(bytes, trans)
  ];
  if (reason === 'asked') {
    facts.push(trans.__('on request'));
  } else if (reason === 'safety') {
    facts.push(trans.__('before a restore'));
  }
  return facts.filter(Boolean);
}

/** Describe the result of restoring a backup. */
export function describeRestore(restored: IRestoreResult, trans: ITranslationBundle): string {
  const { sessions, blocks, replaced, unchanged, refused, safetyCopy } = restored;
  const sentences: string[] = [];
  if (sessions === 0) {
    sentences.push(trans.__('Nothing to restore.'));
  } else {
    const found = trans._n('%1 block', '%1 blocks', blocks);
    sentences.push(
      trans._n('Restored %1 session (%2).', 'Restored %1 sessions (%2).', sessions, found)
    );
  }
  if (replaced > 0) {
    sentences.push(trans._n('%1 of them was replaced.', '%1 of them were replaced.', replaced));
  }
  if (safetyCopy !== '') {
    sentences.push(trans.__('The previous state is in backup %1.', safetyCopy));
  }
  if (unchanged > 0) {
    sentences.push(
      trans._n('%1 is the same as in the backup.', '%1 are the same as in the backup.', unchanged)
    );
  }
  new Set(refused).forEach(reason => {
    const count = refused.filter(one => one === reason).length;
    sentences.push(
      trans._n('%1 was not restored: %2.', '%1 were not restored: %2.', count, reason)
    );
  });
  return sentences.join(' ');
}
