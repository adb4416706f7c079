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
import { problemIn, readSessions, sessionTitle } from '../../src/sessions/model';
import { createStatusLine, statusParts } from '../../src/status/model';
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

describe('the list', () => {
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
  ])('shows the first line that runs of %j', (source, expected) => {
    expect(firstCommand(source)).toBe(expected);
  });

  it('finds what has all words, in whatever case and order', () => {
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

  it('knows what can be ended, and what ended with its session', () => {
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

  it('says how long a block ran, or has been running', () => {
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
  ])('has those rows in the page that are in view at %j of %j', (top, count, expected) => {
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

  it('has few rows of many, and one that can have the focus', () => {
    const { node } = list(1_000).list;
    expect(rows(node).length).toBeLessThan(30);
    const focusable = rows(node).filter(row => row.tabIndex === 0);
    expect(focusable.map(row => row.getAttribute('aria-posinset'))).toEqual(['3']);
    expect(focusable[0]?.getAttribute('aria-selected')).toBe('true');
    expect(focusable[0]?.getAttribute('aria-setsize')).toBe('1000');
  });

  it('is walked through by keys, to its ends and not beyond', () => {
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

  it('keeps the focus on a block while others come and go', () => {
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

describe('the status line', () => {
  const texts = (cells: ICellInfo[], session = SESSION, hasKernel = true): string[] =>
    statusParts(createStatusLine(toBlockItems(cells, session), session, hasKernel), ENGLISH).map(
      part => `${part.kind} ${part.text}`
    );

  it('tells what the shell does, where it is, and what became of blocks', () => {
    const moved = record({ number: 8, cwd: { before: '/tmp', after: '/home/ann/site' } });
    const failed = record({ number: 5, status: 'failed' });
    expect(texts([cell('success', moved), cell('failed', failed)])).toEqual([
      'shell Idle',
      'cwd ~/site',
      'succeeded 1',
      'failed 1'
    ]);
    expect(texts([cell('running', running({ number: 9 }))])[0]).toBe('shell Running block 9');
  });

  it('tells of a question before all else', () => {
    const cells = [cell('running', running({ number: 8 })), cell('waiting', running())];
    expect(texts(cells)[0]).toBe('shell Block 3 waits for input');
  });

  it('does not know where a shell is that has run nothing', () => {
    expect(texts([cell('success', record())], 'another')).toEqual(['shell Idle', 'succeeded 1']);
    expect(texts([], '', false)).toEqual(['shell No shell']);
  });
});

describe('the sessions', () => {
  const told = {
    id: SESSION,
    state: 'live',
    modified: '2024-05-17T14:02:11Z',
    blocks: 7,
    failed: 2,
    directory: '/home/ann/site',
    notebook: '/home/ann/site/deploy.ipynb'
  };

  it('are read, without what can not be', () => {
    const { sessions, total } = readSessions({ sessions: [told, 3, { id: 'old' }], total: 60 });
    expect(total).toBe(60);
    expect(sessions.map(session => [session.id, session.blocks, session.modified])).toEqual([
      [SESSION, 7, new Date('2024-05-17T14:02:11Z')],
      ['old', 0, null]
    ]);
    expect(readSessions('nonsense')).toEqual({ sessions: [], total: 0 });
  });

  it('are called by their notebook, their directory or their identity', () => {
    const titles = [told, { ...told, notebook: '' }, { id: 'old' }].map(session =>
      readSessions({ sessions: [session] }).sessions.map(sessionTitle)
    );
    expect(titles).toEqual([['deploy.ipynb'], ['site'], ['old']]);
  });

  it('have a problem in words', () => {
    expect(problemIn({ message: 'another job runs' })).toBe('another job runs');
    expect(problemIn(null)).toBe('');
  });
});
