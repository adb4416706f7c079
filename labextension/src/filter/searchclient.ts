/** Filter search: asks the thread that searches, and ends it when it answers no more. */
import { NO_LINES, type ILines } from './lines';
import type { IMatches, IQuery } from './matches';
import type { SearchReply, ISearchRequest, ITextSource } from './searcher';
import { Disposable } from '../core/disposable';
import { errorMessage } from '../core/errors';

// A thread that says nothing tries one expression on one line.
const TIMEOUT_MILLISECONDS = 5_000;
// It would have heard by now that there is another question.
const REPLY_MILLISECONDS = 300;

/** What is needed of a worker. */
export type IThread = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>;

/** Who listens to a search. */
export interface ISearchListener {
  /** *part* of it is done, from 0 to 1. */
  searching(part: number): void;
  found(lines: ILines, matches: IMatches, question: IQuery): void;
  /** The thread was ended: the expression takes too long. */
  tookTooLong(): void;
  failed(problem: string): void;
}

/** One search after another in the same text, or in another one. */
export class SearchClient extends Disposable {
  constructor(
    private readonly _listener: ISearchListener,
    private readonly _startThread: () => IThread = startWorker
  ) {
    super();
  }

  /** Ask; what was asked before gets no answer any more. *sources*: null for the same as before. */
  search(query: IQuery, sources: readonly ITextSource[] | null): void {
    if (sources !== null) {
      this._sources = sources;
      this._areSourcesSent = false;
    }
    if (this._pending !== null && performance.now() - this._lastReply > REPLY_MILLISECONDS) {
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

  /** Give up what was asked. */
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
      this._areSourcesSent = false;
      this._listen(this._thread);
    }
    const sources = this._areSourcesSent ? null : this._sources;
    this._areSourcesSent = true;
    const request: ISearchRequest = { number: this._number, query, sources };
    this._thread.postMessage(request);
    this._restartTimeout();
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
    // They belong to what comes as well.
    this._lines = reply.kind === 'found' ? (reply.lines ?? this._lines) : this._lines;
    if (reply.number !== this._number || this._pending === null) {
      return;
    }
    this._restartTimeout();
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

  /** Wait for the thread to say something, but not for ever. */
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
