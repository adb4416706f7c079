/** The page's side of the search thread, which is terminated when it does not reply. */
import { NO_LINES, type ILines } from './lines';
import type { IMatches, IQuery } from './matches';
import type { SearchReply, ISearchRequest, ITextSource } from './searcher';
import { Disposable } from '../core/disposable';
import { errorMessage } from '../core/errors';

// A thread that has started and does not reply is matching one line against one expression.
const TIMEOUT_MILLISECONDS = 5_000;
// Within this time a thread that is not stuck notices a new request.
const REPLY_MILLISECONDS = 300;

/** The part of a worker that is used here. */
export type IThread = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>;

/** Callbacks of a search. */
export interface ISearchListener {
  /** *part* is the fraction that has been searched, from 0 to 1. */
  searching(part: number): void;
  found(lines: ILines, matches: IMatches, query: IQuery): void;
  /** The thread was terminated, because the expression takes too long. */
  tookTooLong(): void;
  failed(problem: string): void;
}

/** Runs one search at a time, in the same text or in a new one. */
export class SearchClient extends Disposable {
  constructor(
    private readonly _listener: ISearchListener,
    private readonly _startThread: () => IThread = startWorker
  ) {
    super();
  }

  /** Start a search and cancel the one before. *sources*: null to search the same text again. */
  search(query: IQuery, sources: readonly ITextSource[] | null): void {
    if (sources !== null) {
      this._sources = sources;
      this._areSourcesSent = false;
    }
    const isSilent = performance.now() - this._lastReply > REPLY_MILLISECONDS;
    if (this._pending !== null && this._hasStarted && isSilent) {
      this._terminate();
    }
    this._number += 1;
    this._pending = query;
    try {
      this._send(query);
    } catch (error) {
      this._fail(errorMessage(error));
    }
  }

  /** Cancel the search. */
  stop(): void {
    if (this._pending !== null) {
      this._terminate();
    }
  }

  protected override release(): void {
    this._terminate();
  }

  private _send(query: IQuery): void {
    if (this._thread === null) {
      this._thread = this._startThread();
      this._hasStarted = false;
      this._areSourcesSent = false;
      this._listen(this._thread);
    }
    const sources = this._areSourcesSent ? null : this._sources;
    this._areSourcesSent = true;
    const request: ISearchRequest = { number: this._number, query, sources };
    this._thread.postMessage(request);
    // The time that a thread takes to start, which may be seconds on a busy machine, does not count.
    if (this._hasStarted) {
      this._restartTimeout();
    }
  }

  private _listen(thread: IThread): void {
    thread.onmessage = ({ data }: MessageEvent<SearchReply>) => {
      if (thread === this._thread) {
        this._onReply(data);
      }
    };
    thread.onerror = ({ message }) => {
      if (thread === this._thread) {
        this._fail(message);
      }
    };
  }

  private _onReply(reply: SearchReply): void {
    this._hasStarted = true;
    // The lines are needed later, even if this reply is outdated.
    this._lines = reply.kind === 'found' ? (reply.lines ?? this._lines) : this._lines;
    if (this._pending === null) {
      return;
    }
    this._restartTimeout();
    if (reply.number !== this._number) {
      return;
    }
    if (reply.kind === 'searching') {
      this._listener.searching(reply.part);
    } else if (reply.kind === 'failed') {
      this._fail(reply.problem);
    } else {
      const query = this._pending;
      this._finish();
      this._listener.found(this._lines, reply.matches, query);
    }
  }

  /** Wait a limited time for the next reply of the thread. */
  private _restartTimeout(): void {
    this._lastReply = performance.now();
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      this._terminate();
      this._listener.tookTooLong();
    }, TIMEOUT_MILLISECONDS);
  }

  private _fail(problem: string): void {
    this._terminate();
    this._listener.failed(problem);
  }

  private _finish(): void {
    window.clearTimeout(this._timer);
    this._pending = null;
  }

  private _terminate(): void {
    this._finish();
    this._thread?.terminate();
    this._thread = null;
  }

  private _thread: IThread | null = null;
  private _hasStarted = false;
  private _sources: readonly ITextSource[] = [];
  private _areSourcesSent = false;
  private _lines: ILines = NO_LINES;
  private _pending: IQuery | null = null;
  private _number = 0;
  private _lastReply = 0;
  private _timer = 0;
}

function startWorker(): IThread {
  return new Worker(new URL('./worker.js', import.meta.url));
}
