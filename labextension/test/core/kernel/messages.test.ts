import { describe, expect, it } from 'vitest';

import { readMessage } from '../../../src/core/kernel/messages';

describe('a message from the kernel', () => {
  it('has the whole state', () => {
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

  it('has one block, perhaps with its record', () => {
    const block = { number: 1, cell: 'a', status: 'failed', record: { number: 1 } };
    expect(readMessage({ event: 'record', block })).toMatchObject({
      event: 'record',
      block: { number: 1, record: { number: 1 } }
    });
  });

  it('has the cells that are no longer queued', () => {
    expect(readMessage({ event: 'unqueued', cells: ['a'] })).toEqual({
      event: 'unqueued',
      cells: ['a']
    });
  });

  it.each([[{ status: 'ok' }], [{ event: 'song' }], [{ event: 'block' }], [{ event: 'state' }]])(
    'is null if it is unknown: %j',
    data => {
      expect(readMessage(data)).toBeNull();
    }
  );
});
