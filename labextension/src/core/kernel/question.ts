/** A question that a block asks the user, as its kernel sends it. */
import { isObject, stringOrNull } from '../json';

/** A question that has not been answered yet. */
export interface IQuestion {
  /** A kernel numbers its questions from 1. */
  readonly number: number;
  readonly prompt: string;
  readonly isPassword: boolean;
  /** The block whose program asks; null before a block has started, when it needs consent to run. */
  readonly block: number | null;
  /** ID of the cell that asks; null if the request did not name one. */
  readonly cell: string | null;
}

/** Read a question; return null if there is none. */
export function readQuestion(data: unknown): IQuestion | null {
  if (!isObject(data)) {
    return null;
  }
  const { number, prompt, password, block, cell } = data;
  if (typeof number !== 'number' || typeof prompt !== 'string') {
    return null;
  }
  return {
    number,
    prompt,
    isPassword: password === true,
    block: typeof block === 'number' ? block : null,
    cell: stringOrNull(cell)
  };
}
