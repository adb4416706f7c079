/** Filter search: asks the thread that searches, and ends it when it answers no more. */
import { NO_LINES, type ILines } from './lines';
import type { IMatches, IQuestion } from './matches';
import type { Answer, IRequest, ISource } from './searcher';
import { Disposable } from '../core/disposable';
import { problemOf } from '../core/errors';

// A thread that says nothing tries one expression on one line.
const PATIENCE_MILLISECONDS = 5_000;
// It would have heard by now that there is another question.
const DEAF_MILLISECONDS = 300;

/** What is needed of a worker. */
export type IThread = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>;

/** Who listens to a search. */
export interface ISearchListener {
  /** *part* of it is done, from 0 to 1. */
  searching(part: number): void;
  found(lines: ILines, matches: IMatches, question: IQuestion): void;
  /** The thread was ended: the expression takes too long. */
  tookTooLong(): void;
  failed(problem: string): void;
}

/** One search after another in the same text, or in another one. */
export class FilterSearch extends Disposable {
  constructor(
    private readonly _listener: ISearchListener,
    private readonly _begin: () => IThread = beginThread
  ) {
    super();
  }

  /** Ask; what was asked before gets no answer any more. *sources*: null for the same as before. */
  ask(question: IQuestion, sources: readonly ISource[] | null): void {
    if (sources !== null) {
      this._sources = sources;
      this._areSent = false;
    }
    if (this._pending !== null && performance.now() - this._heard > DEAF_MILLISECONDS) {
      this._end();
    }
    this._number += 1;
    this._pending = question;
    try {
      this._send(question);
    } catch (error) {
      this._fail(problemOf(error));
    }
  }

  /** Give up what was asked. */
  stop(): void {
    if (this._pending !== null) {
      this._end();
    }
  }

  protected override release(): void {
    this._end();
  }

  private _send(question: IQuestion): void {
    if (this._thread === null) {
      this._thread = this._begin();
      this._areSent = false;
      this._listen(this._thread);
    }
    const sources = this._areSent ? null : this._sources;
    this._areSent = true;
    const request: IRequest = { number: this._number, question, sources };
    this._thread.postMessage(request);
    this._wait();
  }

  private _listen(thread: IThread): void {
    thread.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (thread === this._thread) {
        this._take(data);
      }
    };
    thread.onerror = ({ message }) => {
      if (thread === this._thread) {
        this._fail(message);
      }
    };
  }

  private _take(answer: Answer): void {
    // They belong to what comes as well.
    this._lines = answer.kind === 'found' ? (answer.lines ?? this._lines) : this._lines;
    if (answer.number !== this._number || this._pending === null) {
      return;
    }
    this._wait();
    if (answer.kind === 'searching') {
      this._listener.searching(answer.part);
    } else if (answer.kind === 'failed') {
      this._fail(answer.problem);
    } else {
      const question = this._pending;
      this._settle();
      this._listener.found(this._lines, answer.matches, question);
    }
  }

  /** Wait for the thread to say something, but not for ever. */
  private _wait(): void {
    this._heard = performance.now();
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      this._end();
      this._listener.tookTooLong();
    }, PATIENCE_MILLISECONDS);
  }

  private _fail(problem: string): void {
    this._end();
    this._listener.failed(problem);
  }

  private _settle(): void {
    window.clearTimeout(this._timer);
    this._pending = null;
  }

  private _end(): void {
    this._settle();
    this._thread?.terminate();
    this._thread = null;
  }

  private _thread: IThread | null = null;
  private _sources: readonly ISource[] = [];
  private _areSent = false;
  private _lines: ILines = NO_LINES;
  private _pending: IQuestion | null = null;
  private _number = 0;
  private _heard = 0;
  private _timer = 0;
}

function beginThread(): IThread {
  return new Worker(new URL('./worker.js', import.meta.url));
}
