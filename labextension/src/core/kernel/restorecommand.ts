/** The command that restores a recorded state of the shell. */
import { isBlockNumber, isSessionId } from '../identity';

/** A state of a session: after a block, or the last one; without *session*, of the current one. */
export interface IRestoreTarget {
  readonly session?: string;
  readonly number?: number;
}

/**
 * Return the command that restores a state.
 *
 * Throws an error if the target is not the identity of a session and the number of a block: the
 * shell runs the command.
 */
export function restoreCommand({ session, number }: IRestoreTarget): string {
  if (
    (session !== undefined && !isSessionId(session)) ||
    (number !== undefined && !isBlockNumber(number))
  ) {
    throw new Error(`not a state of a session: ${session ?? ''} ${number ?? ''}`);
  }
  if (session === undefined) {
    return `effecttalk goto ${number ?? ''}`;
  }
  return `effecttalk sessions load ${session}${number === undefined ? '' : `-${number}`}`;
}
