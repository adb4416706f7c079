import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { lineAt, lineCount, splitLines } from '../../src/filter/lines';
import { NO_MATCHES, type IQuery } from '../../src/filter/matches';
import { FilterRows } from '../../src/filter/rows';
import {
  Searcher,
  type SearchReply,
  type ISearchRequest,
  type ITextSource
} from '../../src/filter/searcher';
import { SearchClient, type IThread } from '../../src/filter/searchclient';
import { describeCount, FilterView } from '../../src/filter/view';
import { createLineText } from '../../src/filter/listview';
import { QUESTION } from './query';
import { ENGLISH } from '../english';

const SOURCES: readonly ITextSource[] = [{ stream: 'stdout', text: 'a\nb\n' }];

function asked(text: string): IQuery {
  return { ...QUESTION, text };
}

/** A thread in which everything takes as long as the test wants. */
class FakeHost {
  readonly replies: SearchReply[] = [];
  milliseconds = 0;
  paused: () => void = () => undefined;

  readonly reply = (answer: SearchReply): void => {
    this.replies.push(answer);
  };
  readonly pause = (): Promise<void> => {
    this.paused();
    return Promise.resolve();
  };
  readonly now = (): number => (this.milliseconds += 100);

  get found(): Extract<SearchReply, { kind: 'found' }>[] {
    return this.replies.filter(answer => answer.kind === 'found');
  }
}

describe('the searcher', () => {
  const long = [{ stream: 'stdout' as const, text: 'a\n'.repeat(5_000) }];

  it('sends the lines only once', async () => {
    const host = new FakeHost();
    const searcher = new Searcher(host);
    await searcher.search({ number: 1, query: QUESTION, sources: SOURCES });
    await searcher.search({ number: 2, query: asked('b'), sources: null });
    const [first, second] = host.found;
    expect(first?.lines && lineCount(first.lines)).toBe(2);
    expect([...(first?.matches.lines ?? [])]).toEqual([0]);
    expect(second?.lines).toBeNull();
    expect([...(second?.matches.lines ?? [])]).toEqual([1]);
  });

  it('reads blobs', async () => {
    const host = new FakeHost();
    const sources: ITextSource[] = [{ stream: 'stderr', text: new Blob(['é a\n']) }];
    await new Searcher(host).search({ number: 1, query: QUESTION, sources });
    const lines = host.found[0]?.lines;
    expect(lines && lineAt(lines, 0)).toBe('é a');
    expect(lines?.isError[0]).toBe(1);
  });

  it('reports progress, and stops for a newer request', async () => {
    const host = new FakeHost();
    const searcher = new Searcher(host);
    let other: Promise<void> | undefined;
    host.paused = () => {
      other ??= searcher.search({ number: 2, query: asked('b'), sources: null });
    };
    await searcher.search({ number: 1, query: QUESTION, sources: long });
    await other;
    expect(host.found.map(({ number }) => number)).toEqual([2]);
    expect(host.found[0]?.lines).not.toBeNull();
    const parts = host.replies.flatMap(said => (said.kind === 'searching' ? [said.part] : []));
    expect(parts.some(part => part > 0 && part < 1)).toBe(true);
  });

  it('reports errors', async () => {
    const host = new FakeHost();
    const query = { ...asked('('), isRegExp: true };
    await new Searcher(host).search({ number: 7, query, sources: SOURCES });
    expect(host.replies.at(-1)).toMatchObject({ kind: 'failed', number: 7 });
  });
});

/** A worker that replies when the test wants it. */
class Thread {
  readonly requests: ISearchRequest[] = [];
  isEnded = false;
  onmessage: IThread['onmessage'] = null;
  onerror: IThread['onerror'] = null;

  postMessage(request: ISearchRequest): void {
    this.requests.push(request);
  }

  terminate(): void {
    this.isEnded = true;
  }

  answer(answer: SearchReply): void {
    (this.onmessage as (event: { data: SearchReply }) => void)({ data: answer });
  }
}

describe('the search client', () => {
  const threads: Thread[] = [];
  const told: string[] = [];
  const search = (): SearchClient =>
    new SearchClient(
      {
        searching: part => told.push(`searching ${part}`),
        found: (lines, _, { text }) => told.push(`found ${text} in ${lineCount(lines)}`),
        tookTooLong: () => told.push('too long'),
        failed: problem => told.push(`failed ${problem}`)
      },
      () => {
        threads.push(new Thread());
        return threads.at(-1) as unknown as IThread;
      }
    );
  const found = (number: number, text: string | null): SearchReply => {
    const lines = text === null ? null : splitLines([{ stream: 'stdout', text }]);
    return { kind: 'found', number, lines, matches: NO_MATCHES };
  };

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    threads.length = 0;
    told.length = 0;
  });

  it('sends a text only once, and keeps its lines', () => {
    const one = search();
    one.search(QUESTION, SOURCES);
    threads[0]?.answer(found(1, 'a\nb\n'));
    one.search(asked('b'), null);
    threads[0]?.answer(found(2, null));
    expect(threads[0]?.requests.map(({ sources }) => sources)).toEqual([SOURCES, null]);
    expect(told).toEqual(['found a in 2', 'found b in 2']);
  });

  it('ignores outdated replies, but keeps their lines', () => {
    const one = search();
    one.search(QUESTION, SOURCES);
    one.search(asked('b'), null);
    threads[0]?.answer(found(1, 'a\nb\n'));
    expect(told).toEqual([]);
    threads[0]?.answer(found(2, null));
    expect(told).toEqual(['found b in 2']);
  });

  it('terminates a worker that does not reply', () => {
    const one = search();
    one.search(QUESTION, SOURCES);
    vi.advanceTimersByTime(60_000); // it starts
    threads[0]?.answer({ kind: 'searching', number: 1, part: 0 });
    vi.advanceTimersByTime(4_000);
    threads[0]?.answer({ kind: 'searching', number: 1, part: 0.5 });
    vi.advanceTimersByTime(4_000);
    expect(told).toEqual(['searching 0', 'searching 0.5']);
    vi.advanceTimersByTime(2_000);
    expect(told).toEqual(['searching 0', 'searching 0.5', 'too long']);
    expect(threads[0]?.isEnded).toBe(true);
    one.search(asked('b'), null);
    expect(threads[1]?.requests[0]?.sources).toBe(SOURCES);
  });

  it('terminates a worker that does not notice a newer request', () => {
    const one = search();
    one.search(QUESTION, SOURCES);
    vi.advanceTimersByTime(100);
    one.search(asked('ab'), null);
    vi.advanceTimersByTime(1_000);
    one.search(asked('a'), null); // it has not started yet
    expect(threads).toHaveLength(1);
    threads[0]?.answer({ kind: 'searching', number: 1, part: 0 });
    vi.advanceTimersByTime(1_000);
    one.search(asked('abc'), null);
    expect(threads.map(({ isEnded }) => isEnded)).toEqual([true, false]);
    expect(threads[1]?.requests).toMatchObject([{ query: { text: 'abc' }, sources: SOURCES }]);
  });

  it('terminates a worker that replied only to an earlier request', () => {
    const one = search();
    one.search(QUESTION, SOURCES);
    one.search(asked('b'), null);
    threads[0]?.answer({ kind: 'searching', number: 1, part: 0 });
    expect(told).toEqual([]);
    vi.advanceTimersByTime(6_000);
    expect(told).toEqual(['too long']);
  });

  it('leaves no worker and no timer behind', () => {
    const one = search();
    one.search(QUESTION, SOURCES);
    one.dispose();
    vi.advanceTimersByTime(60_000);
    expect(threads[0]?.isEnded).toBe(true);
    expect(told).toEqual([]);
  });

  it('reports errors', () => {
    const one = search();
    one.search(QUESTION, SOURCES);
    threads[0]?.answer({ kind: 'failed', number: 1, problem: 'no memory' });
    expect(told).toEqual(['failed no memory']);
  });
});

describe('the keys of the filter view', () => {
  const lines = splitLines([{ stream: 'stdout', text: 'a\n'.repeat(9) }]);
  const matches = { ...NO_MATCHES, lines: Uint32Array.from([1, 3, 5, 7]) };
  const query = asked('');
  let view: FilterView;
  const show = (text: string, changes: Partial<IQuery> = {}): void => {
    const query = { ...asked(text), ...changes };
    view.show(new FilterRows(lines, matches, query), query, false);
  };
  const fill = (selector: string, text: string): void => {
    const field = view.element.querySelector<HTMLInputElement>(selector);
    if (field !== null) {
      field.value = text;
      field.dispatchEvent(new Event('input'));
    }
  };
  const type = (text: string): void => {
    fill('.et-FilterBar-field', text);
  };
  const press = (key: string, shiftKey = false): void => {
    const init = { key, shiftKey, bubbles: true };
    view.element
      .querySelector('.et-FilterBar-field')
      ?.dispatchEvent(new KeyboardEvent('keydown', init));
  };
  const status = (): string => view.element.querySelector('[role="status"]')?.textContent ?? '';

  beforeEach(() => {
    vi.useFakeTimers();
    view = new FilterView({ query, streams: ['stdout'] }, ENGLISH, {
      changed: () => undefined,
      closed: () => undefined
    });
    show('');
  });
  afterEach(() => {
    view.dispose();
    vi.useRealTimers();
  });

  it.each([
    ['Enter Enter', 2],
    ['F3 Enter F3', 3],
    ['Shift+Enter', 4],
    ['Shift+Enter Shift+F3', 3],
    ['Enter Enter Shift+Enter', 1]
  ])('%s lead to the same match before and after the search is done', (keys, expected) => {
    const pressAll = (): void => {
      keys.split(' ').forEach(key => {
        press(key.replace('Shift+', ''), key.startsWith('Shift+'));
      });
    };
    type('a');
    pressAll();
    expect(status()).toBe('9 lines');
    show('a');
    expect(status()).toBe(`Match ${expected} · 4 of 9 lines`);
    type('ab');
    show('ab');
    expect(status()).toBe('4 of 9 lines');
    pressAll();
    expect(status()).toBe(`Match ${expected} · 4 of 9 lines`);
  });

  it('wait for the result of what the bar contains', () => {
    type('a');
    type('ab');
    show('a'); // its search had begun
    press('Enter');
    press('Enter');
    expect(status()).toBe('4 of 9 lines');
    show('ab');
    expect(status()).toBe('Match 2 · 4 of 9 lines');
  });

  it('count while only the lines around the matches change', () => {
    type('a');
    press('Enter');
    fill('.et-FilterBar-number', '1');
    press('Enter');
    show('a');
    expect(status()).toBe('4 of 9 lines');
    show('a', { context: 1 });
    expect(status()).toBe('Match 2 · 4 of 9 lines');
  });

  it('do not count for another query', () => {
    type('a');
    press('Enter');
    type('ab');
    show('ab');
    expect(status()).toBe('4 of 9 lines');
  });
});

describe('the filter view', () => {
  it('describes the number of lines', () => {
    const lines = splitLines([{ stream: 'stdout', text: 'b\n'.repeat(2_000) }]);
    const matches = { ...NO_MATCHES, lines: Uint32Array.from([3, 7]) };
    const rows = new FilterRows(lines, matches, QUESTION);
    expect(describeCount(rows, QUESTION, null, ENGLISH)).toBe('2 of 2,000 lines');
    expect(describeCount(rows, QUESTION, 1, ENGLISH)).toBe('Match 2 · 2 of 2,000 lines');
    expect(describeCount(rows, asked(''), null, ENGLISH)).toBe('2,000 lines');
  });

  it('shows marks', () => {
    const node = createLineText('a <b> a', [[0, 1], [6, 7]]); // prettier-ignore
    expect(node.innerHTML).toBe(
      '<mark class="et-Line-mark">a</mark> &lt;b&gt; <mark class="et-Line-mark">a</mark>'
    );
  });

  it('shows the part around the first match of a very long line', () => {
    const line = `${'x'.repeat(10_000)}needle${'y'.repeat(10_000)}`;
    const text = createLineText(line, [[10_000, 10_006]]).textContent;
    expect(text).toContain('needle');
    expect(text.length).toBeLessThan(2_100);
    expect(text.startsWith('…x') && text.endsWith('y…')).toBe(true);
    expect(createLineText(line, []).textContent).toBe(`${'x'.repeat(2_000)}…`);
  });
});
