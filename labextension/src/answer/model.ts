import type { IQuestion } from '../core/kernel/question';

/** Return the number of the question that an input_request asks; null: it is not ours. */
export function requestedQuestion(metadata: unknown): number | null {
  const ours = (metadata as { effecttalk?: { question?: unknown } } | null)?.effecttalk;
  return typeof ours?.question === 'number' ? ours.question : null;
}

/** Return what a cell shows of an answer, as JupyterLab's own box has it. */
export function echoAnswer(question: IQuestion, text: string): string {
  return `${question.prompt} ${question.isPassword ? '········' : text}\n`;
}

/**
 * Knows which of JupyterLab's boxes ask what has its answer.
 *
 * Requests and what the kernel tells come on two channels, in any order: a box may be here
 * before its question is told, and must not go when the one before it is over.
 */
export class InputBoxTracker {
  /** Note that JupyterLab makes a box for a question; null: for one that is not counted. */
  onRequest(number: number | null): void {
    this._newestBox = Math.max(this._newestBox, number ?? Infinity);
  }

  /** Note which question is open, as the kernel tells; null: none is. */
  setQuestion(question: IQuestion | null): void {
    this._open = question;
    this._newestQuestion = Math.max(this._newestQuestion, question?.number ?? 0);
  }

  /** Forget a kernel that is gone. */
  reset(): void {
    this._newestBox = this._newestQuestion = 0;
    this._open = null;
  }

  /** Whether the newest box has still to be answered. */
  get isNewestOpen(): boolean {
    return this._newestBox > this._newestQuestion || this._newestBox === this._open?.number;
  }

  /** How many of a cell's *count* boxes, the oldest ones, are to go. */
  countAnswered(cell: string, count: number): number {
    const isHere = this._newestBox > this._newestQuestion || this._open?.cell === cell;
    return this.isNewestOpen && isHere ? Math.max(0, count - 1) : count;
  }

  private _newestBox = 0;
  private _newestQuestion = 0;
  private _open: IQuestion | null = null;
}
