/** The search thread's side: requests from the page, and replies. */
import { splitLines, type ILines, type ITextPiece } from './lines';
import { search, type IMatches, type IQuery } from './matches';
import type { StreamName } from '../core/outputtext';
import { errorMessage } from '../core/errors';

/** A part of the output, which may not have been loaded yet. */
export interface ITextSource {
  readonly stream: StreamName;
  readonly text: string | Blob;
}

/** A search request. */
export interface ISearchRequest {
  readonly number: number;
  readonly query: IQuery;
  /** The text to search; null to search the same text again. */
  readonly sources: readonly ITextSource[] | null;
}

/** A reply to the request with this number. */
export type SearchReply =
  | { readonly kind: 'searching'; readonly number: number; readonly part: number }
  | {
      readonly kind: 'found';
      readonly number: number;
      /** Null if they are the same as in an earlier reply. */
      readonly lines: ILines | null;
      readonly matches: IMatches;
    }
  | { readonly kind: 'failed'; readonly number: number; readonly problem: string };

/** The thread in which the searcher runs. */
export interface ISearcherHost {
  reply(answer: SearchReply): void;
  /** Resolves after the messages that have arrived meanwhile. */
  pause(): Promise<void>;
  /** Return the time in milliseconds. */
  now(): number;
}

// How long it searches before it looks for new requests.
const PAUSE_AFTER_MILLISECONDS = 40;

/** Handles the newest request, and cancels the one before. */
export class Searcher {
  constructor(private readonly _host: ISearcherHost) {}

  /** Handle a request; resolves when the search is done or cancelled. */
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

  /** Search, with pauses for new requests; return null if there is one. */
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
