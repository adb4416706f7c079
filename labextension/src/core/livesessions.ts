/**
 * Alive: which blocks run now, as their kernels tell.
 *
 * A record that says `running` may be an old one: saved while the block ran, and never
 * updated since. Both the header and the badge ask here.
 */

/** What a kernel has told of its session. */
interface ISessionActivity {
  /** How many blocks had begun when it told. */
  count: number;
  /** Those of them that still ran. */
  readonly running: Set<number>;
  /** Those that wait for input. */
  readonly waiting: Set<number>;
}

/** The sessions whose kernels tell this page of their blocks. */
export class LiveSessions {
  /** Take what a kernel tells of its session: how many blocks have begun, which ones run. */
  update(session: string, count: number, running: Iterable<number>): void {
    this._sessions.set(session, { count, running: new Set(running), waiting: new Set() });
    this._notify();
  }

  /** Note that a block waits for input, or does so no more. */
  setWaiting(session: string, number: number, isWaiting: boolean): void {
    const waiting = this._sessions.get(session)?.waiting;
    if (waiting !== undefined && waiting.has(number) !== isWaiting) {
      if (isWaiting) {
        waiting.add(number);
      } else {
        waiting.delete(number);
      }
      this._notify();
    }
  }

  /** Note that a block has ended. */
  markEnded(session: string, number: number): void {
    const known = this._sessions.get(session);
    if (known !== undefined) {
      known.count = Math.max(known.count, number);
      known.running.delete(number);
      this._notify();
    }
  }

  /** Forget a session whose kernel is gone. */
  remove(session: string): void {
    if (this._sessions.delete(session)) {
      this._notify();
    }
  }

  /** Whether a block that is recorded as running does run. */
  isLive(session: string | null, number: number): boolean {
    return this._find(session).some(known => known.running.has(number) || number > known.count);
  }

  /** Whether a block waits for input. */
  isWaiting(session: string | null, number: number): boolean {
    return this._find(session).some(known => known.waiting.has(number));
  }

  /** Call *listener* when anything has changed, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this._listeners.add(listener);
    return () => void this._listeners.delete(listener);
  }

  /** What is known of a session; of all, where a record does not name its own. */
  private _find(session: string | null): readonly ISessionActivity[] {
    if (session === null) {
      return [...this._sessions.values()];
    }
    const known = this._sessions.get(session);
    return known === undefined ? [] : [known];
  }

  private _notify(): void {
    for (const listener of this._listeners) {
      listener();
    }
  }

  private readonly _sessions = new Map<string, ISessionActivity>();
  private readonly _listeners = new Set<() => void>();
}

/** Those of this page. */
export const liveSessions = new LiveSessions();
