import { describe, expect, it, vi } from 'vitest';

import { LiveSessions } from '../../src/core/livesessions';

describe('a block that is running according to its record', () => {
  it('is not live while no kernel reports its session', () => {
    expect(new LiveSessions().isLive('one', 3)).toBe(false);
  });

  it('is live if its kernel says so, or if it has started since', () => {
    const alive = new LiveSessions();
    alive.update('one', 5, [3]);
    expect([3, 4, 5, 6].map(number => alive.isLive('one', number))).toEqual([
      true,
      false,
      false,
      true
    ]);
    expect(alive.isLive('two', 3)).toBe(false);
  });

  it('is looked up in all sessions if it names none', () => {
    const alive = new LiveSessions();
    expect(alive.isLive(null, 3)).toBe(false);
    alive.update('one', 5, [3]);
    expect(alive.isLive(null, 3)).toBe(true);
    expect(alive.isLive(null, 4)).toBe(false);
  });

  it('is not live after its end, or when its kernel is gone', () => {
    const alive = new LiveSessions();
    alive.update('one', 5, [3]);
    alive.markEnded('one', 3);
    alive.markEnded('one', 6);
    expect([alive.isLive('one', 3), alive.isLive('one', 6)]).toEqual([false, false]);
    alive.update('one', 7, [7]);
    alive.remove('one');
    expect(alive.isLive('one', 7)).toBe(false);
  });

  it('may wait for input', () => {
    const alive = new LiveSessions();
    alive.setWaiting('one', 3, true);
    expect(alive.isWaiting('one', 3)).toBe(false);
    alive.update('one', 3, [3]);
    alive.setWaiting('one', 3, true);
    expect([alive.isWaiting('one', 3), alive.isWaiting(null, 3)]).toEqual([true, true]);
    alive.setWaiting('one', 3, false);
    expect(alive.isWaiting('one', 3)).toBe(false);
  });

  it('is reported to subscribers', () => {
    const alive = new LiveSessions();
    const listener = vi.fn();
    const stop = alive.subscribe(listener);
    alive.update('one', 1, [1]);
    alive.markEnded('one', 1);
    alive.markEnded('unknown', 1);
    alive.remove('one');
    alive.remove('one');
    expect(listener).toHaveBeenCalledTimes(3);
    stop();
    alive.update('one', 1, []);
    expect(listener).toHaveBeenCalledTimes(3);
  });
});
