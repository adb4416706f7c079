/**
 * Live sessions: which blocks are running now, according to their kernels.
 *
 * A record that says `running` may be outdated: it was saved while the block was running and has
 * not been updated since. Headers and badges therefore look here.
 */

/** What a kernel has reported about its session. */
interface ISessionActivity {
  /** How many blocks had started when the kernel reported. */
  count: number;
  /** The numbers of those that were still running. */
  readonly running: Set<number>;
  /** The numbers of those that wait for input. */
  readonly waiting: Set<number>;
}

/** The sessions whose kernels are connected to this page. */
export class LiveSessions {
  /** Set what a kernel has reported: how many blocks have started, and which are running. */
  update(session: string, count: number, running: Iterable<number>): void {
    this._sessions.set(session, { count, running: new Set(running), waiting: new Set() });
    this._notify();
  }

  /** Set whether a block waits for input. */
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

  /** Mark a block as finished. */
  markEnded(session: string, number: number): void {
    const activity = this._sessions.get(session);
    if (activity !== undefined) {
      activity.count = Math.max(activity.count, number);
      activity.running.delete(number);
      this._notify();
    }
  }

  /** Remove a session whose kernel is gone. */
  remove(session: string): void {
    if (this._sessions.delete(session)) {
      this._notify();
    }
  }

  /** Whether a block that is running according to its record is running now. */
  isLive(session: string | null, number: number): boolean {
    return this._find(session).some(
      activity => activity.running.has(number) || number > activity.count
    );
  }

  /** Whether a block waits for input. */
  isWaiting(session: string | null, number: number): boolean {
    return this._find(session).some(activity => activity.waiting.has(number));
  }

  /** Call *listener* after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this._listeners.add(listener);
    return () => void this._listeners.delete(listener);
  }

  /** Return the activity of a session; of all sessions if the record names none. */
  private _find(session: string | null): readonly ISessionActivity[] {
    if (session === null) {
      return [...this._sessions.values()];
    }
    const activity = this._sessions.get(session);
    return activity === undefined ? [] : [activity];
  }

  private _notify(): void {
    for (const listener of this._listeners) {
      listener();
    }
  }

  private readonly _sessions = new Map<string, ISessionActivity>();
  private readonly _listeners = new Set<() => void>();
}

/** The live sessions of this page; the MIME renderer and the plugins share them. */
export const liveSessions = new LiveSessions();
