import { describe, expect, it } from 'vitest';

import { restoreCommand } from '../../../src/core/kernel/restorecommand';

describe('the command that restores a state', () => {
  it.each([
    [{ number: 3 }, 'effecttalk goto 3'],
    [{ session: '3f9a2c41b07e' }, 'effecttalk sessions load 3f9a2c41b07e'],
    [{ session: '3f9a2c41b07e', number: 3 }, 'effecttalk sessions load 3f9a2c41b07e-3']
  ])('names %o', (target, command) => {
    expect(restoreCommand(target)).toBe(command);
  });

  it.each([
    [{ session: 'x; touch F #' }],
    [{ session: '../x', number: 1 }],
    [{ session: '' }],
    [{ number: 1.5 }],
    [{ number: -1 }],
    [{ number: Number.NaN }]
  ])('is not made for %o', target => {
    expect(() => restoreCommand(target)).toThrow('not a state of a session');
  });
});
