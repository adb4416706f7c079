import { describe, expect, it } from 'vitest';

import { readMessage } from '../../../src/core/kernel/messages';

describe('a message of the kernel', () => {
  it('tells of everything', () => {
    const blocks = [
      { number: 1, cell: 'a', status: 'success' },
      { number: 2, status: 'running', waiting: true, execution_count: 1 },
      { number: 3, status: 'flying' },
      'nonsense'
    ];
    const data = { event: 'state', session: 'one', count: 2, blocks, queued: ['b', 7] };
    expect(readMessage(data)).toEqual({
      event: 'state',
      session: 'one',
      count: 2,
      blocks: [
        { number: 1, cell: 'a', status: 'success', count: 1, isWaiting: false, record: null },
        { number: 2, cell: null, status: 'running', count: 1, isWaiting: true, record: null }
      ],
      queued: ['b'],
      question: null
    });
  });

  it('tells of one block, perhaps with its record', () => {
    const block = { number: 1, cell: 'a', status: 'failed', record: { number: 1 } };
    expect(readMessage({ event: 'record', block })).toMatchObject({
      event: 'record',
      block: { number: 1, record: { number: 1 } }
    });
  });

  it('tells what waits no more', () => {
    expect(readMessage({ event: 'unqueued', cells: ['a'] })).toEqual({
      event: 'unqueued',
      cells: ['a']
    });
  });

  it.each([[{ status: 'ok' }], [{ event: 'song' }], [{ event: 'block' }], [{ event: 'state' }]])(
    'that is not known is left out: %j',
    data => {
      expect(readMessage(data)).toBeNull();
    }
  );
});
