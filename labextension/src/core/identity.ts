/**
 * The identities of sessions and blocks, as docs/sessions.md describes them.
 *
 * Notebooks and backups of others are only data: what has another form could be a command or a path.
 */

const SESSION = /^[0-9A-Za-z]{1,64}$/;
const BLOCK = /^[0-9A-Za-z]{1,64}-[0-9]{1,9}$/;
const MAX_BLOCK_NUMBER = 999_999_999;

/** Whether *value* is the identity of a session. */
export function isSessionId(value: unknown): value is string {
  return typeof value === 'string' && SESSION.test(value);
}

/** Whether *value* is the identity of a block: SESSION-NUMBER. */
export function isBlockId(value: unknown): value is string {
  return typeof value === 'string' && BLOCK.test(value);
}

/** Whether *value* can be the number of a block in its session. */
export function isBlockNumber(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_BLOCK_NUMBER;
}
