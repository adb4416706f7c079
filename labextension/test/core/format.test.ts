import { describe, expect, it } from 'vitest';

import {
  formatAmount,
  formatDuration,
  formatElapsed,
  formatTime,
  formatPath,
  formatSize
} from '../../src/core/format';
import { ENGLISH } from '../english';

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [0.0004, '0 ms'],
    [0.34, '340 ms'],
    [0.9994, '999 ms'],
    [0.9996, '1.0 s'],
    [2.34, '2.3 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [42.4, '42 s'],
    [59.7, '1 min 00 s'],
    [185, '3 min 05 s'],
    [3600, '1 h 00 min'],
    [7380, '2 h 03 min'],
    [90_000, '1 d 1 h']
  ])('of %d seconds', (seconds, words) => {
    expect(formatDuration(seconds)).toBe(words);
  });

  it('that is still growing is in whole seconds, and never negative', () => {
    expect(formatElapsed(2.9)).toBe('2 s');
    expect(formatElapsed(-3)).toBe('0 s');
  });
});

describe('a size', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1234, '1.2 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [3_400_000_000, '3.4 GB'],
    [5e15, '5000 TB']
  ])('of %d bytes', (bytes, words) => {
    expect(formatSize(bytes, ENGLISH)).toBe(words);
  });

  it('comes with the number of lines if a line is complete', () => {
    expect(formatAmount(1, 5, ENGLISH)).toBe('1 line, 5 bytes');
    expect(formatAmount(0, 5, ENGLISH)).toBe('5 bytes');
  });
});

describe('a path', () => {
  it.each([
    ['/home/ann', '~'],
    ['/home/ann/project', '~/project'],
    ['/Users/ann/project', '~/project'],
    ['/root/project', '~/project'],
    ['/rooted', '/rooted'],
    ['/home', '/home'],
    ['/', '/'],
    ['/srv/data', '/srv/data'],
    ['/home/ann/a/long/way/down/to/some/far/project/src', '~/…/project/src'],
    ['/srv/with/a/long/way/down/to/some/far/project/src', '/srv/…/project/src']
  ])('%s', (path, words) => {
    expect(formatPath(path)).toBe(words);
  });
});

describe('a time', () => {
  const time = new Date('2024-05-17T14:02:11Z');

  it('of today is a time of day', () => {
    expect(formatTime(time, new Date('2024-05-17T20:00:00Z'), 'de')).toBe('14:02:11');
  });

  it('of another day has its date', () => {
    expect(formatTime(time, new Date('2024-05-18T00:00:01Z'), 'de')).toBe('17.05.2024, 14:02:11');
  });
});
