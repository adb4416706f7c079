import { beforeEach, describe, expect, it, vi } from 'vitest';

import {
  countBlocks,
  describeDuration,
  firstCommand,
  toBlockItems,
  unfinishedBlocks,
  type IBlockItem,
  type ICellInfo
} from '../../src/core/blockitem';
import type { CellState } from '../../src/core/cellstate';
import type { IRecord } from '../../src/core/record';
import { BlockListView, ROW_PIXELS } from '../../src/panel/listview';
import { filterBlocks, rowsInView } from '../../src/panel/model';
import { ENGLISH } from '../english';
import { record, running } from '../records';

const SESSION = '3f9a2c41b07e';
const NOW = new Date('2024-05-17T14:03:16Z');

function cell(state: CellState, found: IRecord | null = null, source = 'make'): ICellInfo {
  return {
    cell: `${state}-${found?.number ?? 0}-${source}`,
    source,
    state,
    record: found,
    isPinned: false
  };
}

function items(...cells: ICellInfo[]): IBlockItem[] {
  return toBlockItems(cells, SESSION);
}

describe('the list of blocks', () => {
  it('has the blocks in the order of their cells', () => {
    const found = items(
      cell('success', record({ number: 9, name: 'build' })),
      cell('none'),
      cell('queued')
    );
    expect(found.map(item => [item.number, item.name, item.state])).toEqual([
      [9, 'build', 'success'],
      [null, '', 'queued']
    ]);
  });

  it.each([
    ['#| name: build\n# all of it\n\n  make -j2\nmake test', 'make -j2'],
    ['# nothing runs', '# nothing runs'],
    ['\n  \n', '']
  ])('shows the first command of %j', (source, expected) => {
    expect(firstCommand(source)).toBe(expected);
  });

  it('is searched for all words, in any case and order', () => {
    const found = items(
      cell('success', record({ number: 12 }), 'make Test\ngit push'),
      cell('failed', record({ number: 3, status: 'failed', name: 'deploy' }), 'git pull'),
      cell('timed_out', record({ number: 4, status: 'timed_out' }), 'sleep 9')
    );
    const numbers = (text: string, isFailedOnly = false): (number | null)[] =>
      filterBlocks(found, { text, isFailedOnly, isPinnedOnly: false }).map(item => item.number);
    expect(numbers('')).toEqual([12, 3, 4]);
    expect(numbers(' GIT  test ')).toEqual([12]);
    expect(numbers('12')).toEqual([12]);
    expect(numbers('deploy')).toEqual([3]);
    expect(numbers('git', true)).toEqual([3]);
    expect(numbers('', true)).toEqual([3, 4]);
    expect(numbers('nothing')).toEqual([]);
  });

  it('counts each block once as a success or a failure', () => {
    const found = items(
      cell('success', record()),
      cell('stale', record({ number: 4, background: true })),
      cell('failed', record({ number: 5, status: 'failed' })),
      cell('interrupted', record({ number: 6, status: 'interrupted' })),
      cell('background', record({ number: 7, status: 'background' })),
      cell('running', running({ number: 8 })),
      cell('queued')
    );
    expect(countBlocks(found)).toEqual({ all: 7, succeeded: 2, failed: 2, background: 2 });
  });

  it('knows what can be stopped, and what has ended with its session', () => {
    const cells = [
      cell('running', running({ number: 8 })),
      cell('waiting', running({ number: 9 })),
      cell('background', record({ number: 7, status: 'background' })),
      cell('success', record({ number: 6, background: true })),
      cell('success', record({ number: 5 })),
      cell('queued')
    ];
    const numbers = (session: string): (number | null)[] =>
      unfinishedBlocks(toBlockItems(cells, session)).map(item => item.number);
    expect(numbers(SESSION)).toEqual([8, 9, 7, 6]);
    expect(numbers('another')).toEqual([8, 9]);
    expect(numbers('')).toEqual([8, 9]);
  });

  it('shows how long a block ran, or has been running', () => {
    const [ended, runs, queued] = items(
      cell('success', record()),
      cell('running', running()),
      cell('queued')
    );
    const words = [ended, runs, queued].map(item => item && describeDuration(item, NOW));
    expect(words).toEqual(['340 ms', '1 min 05 s', '']);
  });

  it.each([
    [0, 100, { first: 0, end: 13 }],
    [500, 100, { first: 47, end: 63 }],
    [9_900, 1_000, { first: 987, end: 1_000 }],
    [50_000, 1_000, { first: 1_000, end: 1_000 }],
    [0, 0, { first: 0, end: 0 }]
  ])('draws the rows in view at %j of %j', (top, count, expected) => {
    expect(rowsInView({ top, height: 100, row: 10 }, count, 3)).toEqual(expected);
  });
});

describe('the list box', () => {
  beforeEach(() => {
    document.body.replaceChildren();
  });

  function list(count: number): { list: BlockListView; chosen: (number | null)[] } {
    const chosen: (number | null)[] = [];
    const made = new BlockListView(ENGLISH, 'Blocks', item => void chosen.push(item.number));
    vi.spyOn(made.node, 'clientHeight', 'get').mockReturnValue(ROW_PIXELS * 10);
    document.body.append(made.node);
    const numbers = [...Array(count).keys()].map(number => number + 1);
    made.show(
      items(...numbers.map(number => cell('success', record({ number })))),
      'success-3-make'
    );
    return { list: made, chosen };
  }

  const rows = (node: HTMLElement): HTMLElement[] => [
    ...node.querySelectorAll<HTMLElement>('[role=option]')
  ];
  const press = (key: string): void => {
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  };
  const place = (): string | null => document.activeElement?.getAttribute('aria-posinset') ?? null;

  it('draws few rows of many, and has one in the tab order', () => {
    const { node } = list(1_000).list;
    expect(rows(node).length).toBeLessThan(30);
    const focusable = rows(node).filter(row => row.tabIndex === 0);
    expect(focusable.map(row => row.getAttribute('aria-posinset'))).toEqual(['3']);
    expect(focusable[0]?.getAttribute('aria-selected')).toBe('true');
    expect(focusable[0]?.getAttribute('aria-setsize')).toBe('1000');
  });

  it('is navigated by keys within its ends', () => {
    const { list: made, chosen } = list(1_000);
    made.focus();
    press('ArrowUp');
    expect(place()).toBe('2');
    press('End');
    press('ArrowDown');
    expect(place()).toBe('1000');
    press('PageUp');
    expect(place()).toBe('991');
    press('Enter');
    press('Home');
    press(' ');
    expect(chosen).toEqual([991, 1]);
  });

  it('keeps the focus on a block while the list changes', () => {
    const { list: made } = list(5);
    made.focus();
    press('End');
    made.show(
      items(cell('success', record({ number: 4 })), cell('success', record({ number: 5 }))),
      null
    );
    expect(place()).toBe('2');
    made.show(items(cell('success', record({ number: 1 }))), null);
    expect(place()).toBe('1');
  });
});
