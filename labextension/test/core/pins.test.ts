import { describe, expect, it } from 'vitest';

import { createBadge, updateBadge } from '../../src/badge/view';
import { toBlockItems } from '../../src/core/blockitem';
import { createBlockRow, updateBlockRow } from '../../src/core/components/blockrow';
import { describeWithPin, hasPin, withPin } from '../../src/core/pins';
import { filterBlocks } from '../../src/panel/model';
import { BlocksView } from '../../src/panel/view';
import { ENGLISH } from '../english';
import { record, running } from '../records';

const ITEMS = toBlockItems(
  [
    { cell: 'a', source: 'make', state: 'success', record: record(), isPinned: true },
    { cell: 'b', source: 'make test', state: 'running', record: running(), isPinned: false },
    {
      cell: 'c',
      source: 'ls',
      state: 'failed',
      record: record({ status: 'failed' }),
      isPinned: true
    }
  ],
  ''
);

describe('the metadata of a cell', () => {
  it.each([undefined, null, 'pinned', ['pinned'], {}, { pinned: 'yes' }, { pinned: false }])(
    'has no pin: %j',
    own => {
      expect(hasPin(own)).toBe(false);
    }
  );

  it('keeps its other fields', () => {
    const options = { options: { timeout: '30s' } };
    expect(withPin(options, true)).toEqual({ ...options, pinned: true });
    expect(withPin({ ...options, pinned: true }, false)).toEqual(options);
  });

  it('is removed when it is empty', () => {
    expect(hasPin(withPin(undefined, true))).toBe(true);
    expect(withPin({ pinned: true }, false)).toBeNull();
    expect(withPin('nonsense', false)).toBeNull();
  });
});

describe('a pin', () => {
  it('is described after the state', () => {
    const words = [describeWithPin('running', true, ENGLISH), describeWithPin('', true, ENGLISH)];
    expect([...words, describeWithPin('running', false, ENGLISH)]).toEqual([
      'running, pinned',
      'pinned',
      'running'
    ]);
  });

  it('is shown on a badge even without a block', () => {
    const element = createBadge();
    updateBadge(element, { state: 'none', number: '', description: 'pinned', isPinned: true });
    expect(element.hidden).toBe(false);
    expect(element.querySelectorAll('.et-Pin')).toHaveLength(1);
    updateBadge(element, { state: 'success', number: '', description: 'success', isPinned: false });
    expect(element.querySelectorAll('.et-Pin')).toHaveLength(0);
  });

  it('is shown and hidden in a row', () => {
    const row = createBlockRow();
    const pins = (isNowPinned: boolean): number => {
      const [item] = ITEMS;
      if (item !== undefined) {
        updateBlockRow(row, { ...item, isPinned: isNowPinned }, ENGLISH);
      }
      return row.querySelectorAll('.et-Row-pin svg').length;
    };
    expect([pins(false), pins(true), pins(true), pins(false)]).toEqual([0, 1, 1, 0]);
    pins(true);
    expect(row.getAttribute('aria-label')).toContain('success, pinned');
  });
});

describe('the list of blocks', () => {
  const cells = (isPinnedOnly: boolean, isFailedOnly: boolean, text = ''): string[] =>
    filterBlocks(ITEMS, { text, isFailedOnly, isPinnedOnly }).map(item => item.cell);

  it('can be filtered by pins', () => {
    expect(cells(false, false)).toEqual(['a', 'b', 'c']);
    expect(cells(true, false)).toEqual(['a', 'c']);
    expect(cells(true, true)).toEqual(['c']);
    expect(cells(true, false, 'make')).toEqual(['a']);
  });

  it('has toggle buttons that report their state', () => {
    const { node } = new BlocksView(ENGLISH, () => undefined);
    const buttons = [...node.querySelectorAll<HTMLButtonElement>('.et-Toggle')];
    buttons[1]?.click();
    expect(buttons.map(one => [one.title, one.getAttribute('aria-pressed')])).toEqual([
      ['Failed only', 'false'],
      ['Pinned only', 'true']
    ]);
  });
});
