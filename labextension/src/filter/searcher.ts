/** Filter work: what a page asks of the thread that searches, and how that answers. */
import { splitLines, type ILines, type ITextPiece } from './lines';
import { search, type IMatches, type IQuery } from './matches';
import type { StreamName } from '../core/outputtext';
import { errorMessage } from '../core/errors';

/** A part of what was printed, which may not be in memory yet. */
export interface ITextSource {
  readonly stream: StreamName;
  readonly text: string | Blob;
}

/** What a page asks. */
export interface ISearchRequest {
  readonly number: number;
  readonly query: IQuery;
  /** What is searched from now on; null: the same as before. */
  readonly sources: readonly ITextSource[] | null;
}

/** What a page is told about the request of a number. */
export type SearchReply =
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
export interface ISearcherHost {
  reply(answer: SearchReply): void;
  /** Resolves when what came meanwhile has been taken. */
  pause(): Promise<void>;
  /** Milliseconds. */
  now(): number;
}

// How long it does not hear that there is another question.
const PAUSE_AFTER_MILLISECONDS = 40;

/** Answers the newest request; what was asked before is given up. */
export class Searcher {
  constructor(private readonly _host: ISearcherHost) {}

  /** Take a request; resolves when it is answered or given up. */
  async search({ number, query, sources }: ISearchRequest): Promise<void> {
    this._newest = number;
    if (sources !== null) {
      this._lines = load(sources);
      this._areLinesSent = false;
    }
    try {
      const lines = await this._lines;
      const matches = await this._findMatches(number, lines, query);
      if (matches !== null) {
        const sentLines = this._areLinesSent ? null : lines;
        this._areLinesSent = true;
        this._host.reply({ kind: 'found', number, lines: sentLines, matches });
      }
    } catch (error) {
      const problem = errorMessage(error);
      this._host.reply({ kind: 'failed', number, problem });
    }
  }

  /** Search, and listen now and then; null: there is another question. */
  private async _findMatches(
    number: number,
    lines: ILines,
    query: IQuery
  ): Promise<IMatches | null> {
    const { reply, pause, now } = this._host;
    const steps = search(lines, query);
    let lastPause = now();
    reply({ kind: 'searching', number, part: 0 });
    for (;;) {
      if (this._newest !== number) {
        return null;
      }
      const step = steps.next();
      if (step.done === true) {
        return step.value;
      }
      if (now() - lastPause > PAUSE_AFTER_MILLISECONDS) {
        reply({ kind: 'searching', number, part: step.value / lines.isError.length });
        await pause();
        lastPause = now();
      }
    }
  }

  private _newest = 0;
  private _lines: Promise<ILines> = Promise.resolve(splitLines([]));
  private _areLinesSent = false;
}

async function load(sources: readonly ITextSource[]): Promise<ILines> {
  const pieces = sources.map(async ({ stream, text }): Promise<ITextPiece> => ({
    stream,
    text: typeof text === 'string' ? text : await text.text()
  }));
  return splitLines(await Promise.all(pieces));
}
