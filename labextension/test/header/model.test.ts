import { describe, expect, it } from 'vitest';

import { createHeader, type IHeader } from '../../src/header/model';
import type { IRecord } from '../../src/core/record';
import { createHeaderElement, updateHeaderElement } from '../../src/header/view';
import { record, running } from '../records';
import { ENGLISH } from '../english';

const NOW = new Date('2024-05-17T14:02:53Z');
const header = (of: IRecord, isLive = true): IHeader =>
  createHeader(of, { isLive, now: NOW, trans: ENGLISH, locale: 'de' });
const texts = (of: IRecord, isLive = true): string[] => {
  const { status, items } = header(of, isLive);
  return [status, ...items.map(item => item.text)];
};

describe('the header of a block', () => {
  it('is short for a success without output', () => {
    expect(texts(record())).toEqual(['success', '340 ms', '14:02:11', '~/project']);
    expect(header(record()).tone).toBe('quiet');
  });

  it('stands out for a failure', () => {
    const failed = record({
      status: 'failed',
      exit_status: 2,
      stdout: { size_bytes: 1200, lines: 12, left_out_bytes: 0 },
      stderr: { size_bytes: 40, lines: 1, left_out_bytes: 0 }
    });
    expect(header(failed).tone).toBe('loud');
    expect(texts(failed)).toEqual([
      'failed: exit status 2',
      '340 ms',
      '14:02:11',
      '~/project',
      '12 lines, 1.2 kB',
      'stderr 1 line, 40 bytes'
    ]);
  });

  it('shows how long a block has been running', () => {
    const begun = { size_bytes: 7, lines: 1, left_out_bytes: 0 };
    expect(texts(running({ stdout: begun }))).toEqual(['running', '42 s', '14:02:11', '~/project']);
  });

  it('shows that a block waits for input', () => {
    const waiting = { isLive: true, isWaiting: true, now: NOW, trans: ENGLISH };
    expect(createHeader(running(), waiting)).toMatchObject({
      state: 'waiting',
      tone: 'warning',
      status: 'waiting for input'
    });
    expect(createHeader(record(), waiting).state).toBe('success');
  });

  it('mentions a timeout only once', () => {
    const problem = 'timed out after 3 s';
    expect(texts(record({ status: 'timed_out', exit_status: 130, problem }))).toEqual([
      problem,
      '340 ms',
      '14:02:11',
      '~/project'
    ]);
  });

  it('does not claim that a block is running if no kernel reports it', () => {
    expect(texts(running(), false)).toEqual(['outcome unknown', '14:02:11', '~/project']);
    expect(header(running(), false).tone).toBe('warning');
  });

  it('shows everything that a record contains', () => {
    const everything = record({
      cwd: { before: '/home/ann', after: '/srv' },
      stdout: { size_bytes: 5_000_000, lines: 12_345, left_out_bytes: 4_000_000 },
      problem: 'why',
      redacted: { token: 2, key: 1 },
      part: 2,
      name: 'fetch',
      cached: true,
      background: true,
      shell: 'restarted',
      spill: { problem: 'the disk is full' }
    });
    const [, ...items] = texts(everything);
    expect(items).toEqual([
      'why',
      '340 ms',
      '14:02:11',
      '~ → /srv',
      '12,345 lines, 5.0 MB',
      '4.0 MB not shown',
      'the disk is full',
      'processes still writing',
      'attempt 2',
      'from the cache',
      'name fetch',
      '3 secrets masked',
      'new shell'
    ]);
    expect(texts(record({ part: 3, fallback: true }))).toContain('fallback');
  });

  it('works without volatile fields', () => {
    expect(texts(record({ volatile: undefined }))).toEqual(['success', '~/project']);
  });
});

describe('the element of a header', () => {
  it('shows the state in words and as an icon', () => {
    const element = createHeaderElement(header(record()), 'Block 3: success');
    expect(element.getAttribute('aria-label')).toBe('Block 3: success');
    expect(element.querySelector('.et-Header-status')?.textContent).toBe('success');
    expect(element.querySelector('svg')?.getAttribute('aria-hidden')).toBe('true');
    expect(element.querySelector('time')?.getAttribute('datetime')).toBe(
      '2024-05-17T14:02:11.250Z'
    );
  });

  it('shows text as text', () => {
    const element = createHeaderElement(header(record({ problem: '<b>bold</b>' })), '');
    expect(element.querySelector('b')).toBeNull();
  });

  it('is updated in place', () => {
    const element = createHeaderElement(header(running()), '');
    const before = element.querySelector('[data-kind="duration"]');
    const later = new Date(NOW.getTime() + 60_000);
    updateHeaderElement(
      element,
      createHeader(running(), { isLive: true, now: later, trans: ENGLISH })
    );
    expect(element.querySelector('[data-kind="duration"]')).toBe(before);
    expect(before?.textContent).toBe('1 min 42 s');
  });
});
