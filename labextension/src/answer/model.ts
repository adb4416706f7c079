import type { IQuestion } from '../core/kernel/question';

/** Return the number of the question in an input_request; null if it has none. */
export function requestedQuestion(metadata: unknown): number | null {
  const own = (metadata as { effecttalk?: { question?: unknown } } | null)?.effecttalk;
  return typeof own?.question === 'number' ? own.question : null;
}

/** Return what a cell shows of an answer, as JupyterLab's own box formats it. */
export function echoAnswer(question: IQuestion, text: string): string {
  return `${question.prompt} ${question.isPassword ? '········' : text}\n`;
}

/**
 * Tracks which of JupyterLab's boxes belong to a question that has been answered.
 *
 * Requests and the kernel's messages arrive on two channels, in any order: a box may appear before
 * its question is known, and must not be removed when the previous question is answered.
 */
export class InputBoxTracker {
  /** JupyterLab adds a box for this question; null if the question has no number. */
  onRequest(number: number | null): void {
    this._newestBox = Math.max(this._newestBox, number ?? Infinity);
  }

  /** Set the question that has not been answered yet. */
  setQuestion(question: IQuestion | null): void {
    this._open = question;
    this._newestQuestion = Math.max(this._newestQuestion, question?.number ?? 0);
  }

  /** Start over, after the kernel has gone. */
  reset(): void {
    this._newestBox = this._newestQuestion = 0;
    this._open = null;
  }

  /** Whether the newest box still waits for an answer. */
  get isNewestOpen(): boolean {
    return this._newestBox > this._newestQuestion || this._newestBox === this._open?.number;
  }

  /** Return how many of a cell's *count* boxes have been answered, the oldest first. */
  countAnswered(cell: string, count: number): number {
    const isHere = this._newestBox > this._newestQuestion || this._open?.cell === cell;
    return this.isNewestOpen && isHere ? Math.max(0, count - 1) : count;
  }

  private _newestBox = 0;
  private _newestQuestion = 0;
  private _open: IQuestion | null = null;
}
