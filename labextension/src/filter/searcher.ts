/** Filter work: what a page asks of the thread that searches, and how that answers. */
import { linesOf, type ILines, type IPiece } from './lines';
import { search, type IMatches, type IQuestion } from './matches';
import type { StreamName } from '../core/outputtext';
import { problemOf } from '../core/errors';

/** A part of what was printed, which may not be in memory yet. */
export interface ISource {
  readonly stream: StreamName;
  readonly text: string | Blob;
}

/** What a page asks. */
export interface IRequest {
  readonly number: number;
  readonly question: IQuestion;
  /** What is searched from now on; null: the same as before. */
  readonly sources: readonly ISource[] | null;
}

/** What a page is told about the request of a number. */
export type Answer =
  | { readonly kind: 'searching'; readonly number: number; readonly part: number }
  | {
      readonly kind: 'found';
      readonly number: number;
      /** Null: the same as those told before. */
      readonly lines: ILines | null;
      readonly matches: IMatches;
    }
  | { readonly kind: 'failed'; readonly number: number; readonly problem: string };

/** What the work needs of the thread that it is in. */
export interface ISurroundings {
  say(answer: Answer): void;
  /** Resolves when what came meanwhile has been taken. */
  pause(): Promise<void>;
  /** Milliseconds. */
  now(): number;
}

// How long it does not hear that there is another question.
const DEAF_MILLISECONDS = 40;

/** Answers the newest request; what was asked before is given up. */
export class FilterWork {
  constructor(private readonly _surroundings: ISurroundings) {}

  /** Take a request; resolves when it is answered or given up. */
  async take({ number, question, sources }: IRequest): Promise<void> {
    this._newest = number;
    if (sources !== null) {
      this._lines = load(sources);
      this._areTold = false;
    }
    try {
      const lines = await this._lines;
      const matches = await this._search(number, lines, question);
      if (matches !== null) {
        const told = this._areTold ? null : lines;
        this._areTold = true;
        this._surroundings.say({ kind: 'found', number, lines: told, matches });
      }
    } catch (error) {
      const problem = problemOf(error);
      this._surroundings.say({ kind: 'failed', number, problem });
    }
  }

  /** Search, and listen now and then; null: there is another question. */
  private async _search(
    number: number,
    lines: ILines,
    question: IQuestion
  ): Promise<IMatches | null> {
    const { say, pause, now } = this._surroundings;
    const steps = search(lines, question);
    let heard = now();
    say({ kind: 'searching', number, part: 0 });
    for (;;) {
      if (this._newest !== number) {
        return null;
      }
      const step = steps.next();
      if (step.done === true) {
        return step.value;
      }
      if (now() - heard > DEAF_MILLISECONDS) {
        say({ kind: 'searching', number, part: step.value / lines.isError.length });
        await pause();
        heard = now();
      }
    }
  }

  private _newest = 0;
  private _lines: Promise<ILines> = Promise.resolve(linesOf([]));
  private _areTold = false;
}

async function load(sources: readonly ISource[]): Promise<ILines> {
  const pieces = sources.map(async ({ stream, text }): Promise<IPiece> => ({
    stream,
    text: typeof text === 'string' ? text : await text.text()
  }));
  return linesOf(await Promise.all(pieces));
}
