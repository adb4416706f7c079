import { describe, expect, it, vi } from 'vitest';

import { LiveSessions } from '../../src/core/livesessions';

describe('a block that is recorded as running', () => {
  it('is not alive while no kernel tells of its session', () => {
    expect(new LiveSessions().isAlive('one', 3)).toBe(false);
  });

  it('is alive if its kernel says so, or if it has begun since', () => {
    const alive = new LiveSessions();
    alive.know('one', 5, [3]);
    expect([3, 4, 5, 6].map(number => alive.isAlive('one', number))).toEqual([
      true,
      false,
      false,
      true
    ]);
    expect(alive.isAlive('two', 3)).toBe(false);
  });

  it('is looked for in every session if it names none', () => {
    const alive = new LiveSessions();
    expect(alive.isAlive(null, 3)).toBe(false);
    alive.know('one', 5, [3]);
    expect(alive.isAlive(null, 3)).toBe(true);
    expect(alive.isAlive(null, 4)).toBe(false);
  });

  it('is not alive when it has ended, or its kernel is gone', () => {
    const alive = new LiveSessions();
    alive.know('one', 5, [3]);
    alive.end('one', 3);
    alive.end('one', 6);
    expect([alive.isAlive('one', 3), alive.isAlive('one', 6)]).toEqual([false, false]);
    alive.know('one', 7, [7]);
    alive.forget('one');
    expect(alive.isAlive('one', 7)).toBe(false);
  });

  it('may wait for input', () => {
    const alive = new LiveSessions();
    alive.wait('one', 3, true);
    expect(alive.isWaiting('one', 3)).toBe(false);
    alive.know('one', 3, [3]);
    alive.wait('one', 3, true);
    expect([alive.isWaiting('one', 3), alive.isWaiting(null, 3)]).toEqual([true, true]);
    alive.wait('one', 3, false);
    expect(alive.isWaiting('one', 3)).toBe(false);
  });

  it('is told about to who listens', () => {
    const alive = new LiveSessions();
    const listener = vi.fn();
    const stop = alive.listen(listener);
    alive.know('one', 1, [1]);
    alive.end('one', 1);
    alive.end('unknown', 1);
    alive.forget('one');
    alive.forget('one');
    expect(listener).toHaveBeenCalledTimes(3);
    stop();
    alive.know('one', 1, []);
    expect(listener).toHaveBeenCalledTimes(3);
  });
});
