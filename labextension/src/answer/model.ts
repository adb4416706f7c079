/** Answer: what a block asks the user, and which of JupyterLab's own boxes ask it no more. */

/** A question that has no answer yet. */
export interface IQuestion {
  /** Questions of one kernel are counted. */
  readonly number: number;
  readonly prompt: string;
  readonly isPassword: boolean;
  /** The block whose program asks; null: it has not begun, and the question is whether it may. */
  readonly block: number | null;
  /** The cell that asks; null: nobody said. */
  readonly cell: string | null;
}

/** Read a question; null: there is none. */
export function readQuestion(data: unknown): IQuestion | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const { number, prompt, password, block, cell } = data as Record<string, unknown>;
  if (typeof number !== 'number' || typeof prompt !== 'string') {
    return null;
  }
  return {
    number,
    prompt,
    isPassword: password === true,
    block: typeof block === 'number' ? block : null,
    cell: typeof cell === 'string' ? cell : null
  };
}

/** Return the number of the question that an input_request asks; null: it is not ours. */
export function questionOf(metadata: unknown): number | null {
  const ours = (metadata as { effecttalk?: { question?: unknown } } | null)?.effecttalk;
  return typeof ours?.question === 'number' ? ours.question : null;
}

/** Return what a cell shows of an answer, as JupyterLab's own box has it. */
export function echo(question: IQuestion, text: string): string {
  return `${question.prompt} ${question.isPassword ? '········' : text}\n`;
}

/**
 * Knows which of JupyterLab's boxes ask what has its answer.
 *
 * Requests and what the kernel tells come on two channels, in any order: a box may be here
 * before its question is told, and must not go when the one before it is over.
 */
export class Boxes {
  /** Note that JupyterLab makes a box for a question; null: for one that is not counted. */
  requested(number: number | null): void {
    this._last = Math.max(this._last, number ?? Infinity);
  }

  /** Note which question is open, as the kernel tells; null: none is. */
  told(question: IQuestion | null): void {
    this._open = question;
    this._told = Math.max(this._told, question?.number ?? 0);
  }

  /** Forget a kernel that is gone. */
  forget(): void {
    this._last = this._told = 0;
    this._open = null;
  }

  /** Whether the newest box has still to be answered. */
  get isLastOpen(): boolean {
    return this._last > this._told || this._last === this._open?.number;
  }

  /** How many of a cell's *count* boxes, the oldest ones, are to go. */
  stale(cell: string, count: number): number {
    const isHere = this._last > this._told || this._open?.cell === cell;
    return this.isLastOpen && isHere ? Math.max(0, count - 1) : count;
  }

  private _last = 0;
  private _told = 0;
  private _open: IQuestion | null = null;
}
