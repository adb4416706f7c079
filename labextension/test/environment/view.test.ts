import { beforeEach, describe, expect, it } from 'vitest';

import { toBlockItems } from '../../src/core/blockitem';
import {
  readEnvironment,
  type IEnvironment,
  type IEnvironmentChange
} from '../../src/core/kernel/environment';
import { readMessage } from '../../src/core/kernel/messages';
import { describeChange, filterVariables } from '../../src/environment/model';
import { EnvironmentView } from '../../src/environment/view';
import { createStatusLine, statusParts } from '../../src/status/model';
import { ENGLISH } from '../english';
import { record } from '../records';

const TOLD = {
  event: 'environment',
  cwd: '/home/ann/site',
  branch: 'main',
  block: 12,
  changes: [
    {
      block: 12,
      cell: 'c-12',
      variables: { set: ['FOO', 'BAR'], changed: ['PATH'], unset: ['OLD'] },
      functions: { set: ['f'], changed: ['g'], unset: ['h', 'i'] },
      options: { set: ['extglob'], unset: ['errexit'] },
      aliases: { set: ['ll'] },
      traps: { unset: ['EXIT'] },
      directory: '/home/ann/site/docs',
      others: ['umask']
    },
    { block: 3, functions: { set: ['_a', '_b', '_c'], more: 240 } },
    { block: 'nonsense' }
  ],
  variables: [
    { name: 'PATH', value: '/usr/bin' },
    { name: 'MY_PASSWORD', value: '•••' },
    { name: 'EMPTY' },
    { name: 'LONG', value: 'x'.repeat(40), cut: 5 },
    'nonsense'
  ],
  more: 0
};

function told(changes: object = {}): IEnvironment {
  const environment = readEnvironment({ ...TOLD, ...changes });
  expect(environment).not.toBeNull();
  return environment as IEnvironment;
}

describe('an environment', () => {
  it('is read without its invalid parts', () => {
    const { cwd, branch, changes, variables } = told();
    expect([cwd, branch]).toEqual(['/home/ann/site', 'main']);
    expect(changes.map(change => [change.block, change.cell])).toEqual([
      [12, 'c-12'],
      [3, null]
    ]);
    expect(variables.map(({ name, value, cut }) => [name, value?.length ?? null, cut])).toEqual([
      ['PATH', 8, 0],
      ['MY_PASSWORD', 3, 0],
      ['EMPTY', null, 0],
      ['LONG', 40, 5]
    ]);
    expect(readEnvironment({ variables: [] })).toBeNull();
    expect(readMessage({ event: 'environment' })).toBeNull();
    expect(readMessage({ event: 'place' })).toBeNull();
    expect(readMessage({ event: 'place', cwd: '/' })).toEqual({
      event: 'place',
      location: { cwd: '/', branch: '' }
    });
  });

  it('describes what a block has changed', () => {
    expect(told().changes.map(change => describeChange(change, ENGLISH, 2))).toEqual([
      'FOO, BAR set; PATH changed; OLD unset; function f; function g; functions h, i removed; ' +
        'alias ll; extglob on; errexit off; trap EXIT removed; directory ~/site/docs; umask',
      'functions _a, _b and 1 more; and 240 more'
    ]);
  });

  it.each([
    ['', 4],
    ['path', 1],
    ['  BIN path ', 1],
    ['my_', 1],
    ['nothing', 0]
  ])('finds variables with all words of %j', (wanted, count) => {
    expect(filterVariables(told().variables, wanted)).toHaveLength(count);
  });
});

describe('the environment section', () => {
  const chosen: (string | null)[] = [];
  let view: EnvironmentView;

  beforeEach(() => {
    chosen.length = 0;
    view = new EnvironmentView(ENGLISH, (change: IEnvironmentChange) => chosen.push(change.cell));
    document.body.replaceChildren(view.node);
  });

  const texts = (selector: string): (string | null)[] =>
    [...view.node.querySelectorAll(selector)].map(node => node.textContent);

  it('shows the directory', () => {
    view.showLocation({ cwd: '/home/ann/site', branch: '' });
    expect(texts('.et-Location-text')).toEqual(['~/site']);
    expect(view.node.querySelector<HTMLElement>('.et-Location-cwd')?.title).toBe('/home/ann/site');
    view.showLocation({ cwd: '/home/ann/site', branch: 'main' });
    expect(texts('.et-Location-text')).toEqual(['~/site', 'main']);
  });

  it('leads from a change to its cell', () => {
    view.show(told(), '');
    const rows = [...view.node.querySelectorAll<HTMLButtonElement>('.et-Change')];
    rows.forEach(row => {
      row.click();
    });
    expect(chosen).toEqual(['c-12']);
    expect(rows[1]?.disabled).toBe(true);
    expect(rows[1]?.title).toContain('block 3: functions _a, _b, _c');
  });

  it('shows only the last changes at first', () => {
    const changes = [...Array(20).keys()].map(block => ({ block, directory: '/' }));
    view.show(told({ changes }), '');
    expect(texts('.et-Change')).toHaveLength(6);
    const all = view.node.querySelector<HTMLButtonElement>('.et-More');
    expect(all?.textContent).toBe('Show all 20');
    all?.click();
    expect(texts('.et-Change')).toHaveLength(20);
  });

  it('keeps a variable expanded while the list changes, and shows its whole value', () => {
    view.show(told(), '');
    const entries = [...view.node.querySelectorAll<HTMLDetailsElement>('.et-Variable')];
    const long = entries[3];
    if (long !== undefined) {
      long.open = true;
      long.dispatchEvent(new Event('toggle'));
    }
    view.show(told({ variables: [{ name: 'LONG', value: 'new', cut: 5 }] }), '');
    expect(texts('.et-Variable-name')).toEqual(['LONG']);
    expect(view.node.querySelector('.et-Variable')).toBe(long);
    expect(texts('.et-Variable-full')).toEqual(['new… and 5 more characters']);
  });

  it('explains why it is empty', () => {
    view.show(told(), '');
    view.show(null, 'No kernel runs.');
    const empty = view.node.querySelector<HTMLElement>('.et-Empty');
    expect([empty?.hidden, empty?.textContent]).toEqual([false, 'No kernel runs.']);
    expect(view.node.querySelector<HTMLElement>('.et-Environment-body')?.hidden).toBe(true);
  });
});

describe('the status line', () => {
  const SESSION = '3f9a2c41b07e';
  const line = (cwd: string, branch: string): string[] => {
    const moved = record({ number: 8, cwd: { before: '/tmp', after: '/home/ann/site' } });
    const cells = [
      { cell: 'c', source: 'make', state: 'success' as const, record: moved, isPinned: false }
    ];
    const told = createStatusLine(toBlockItems(cells, SESSION), SESSION, true, { cwd, branch });
    return statusParts(told, ENGLISH).map(part => part.description);
  };

  it('shows the branch of the directory', () => {
    expect(line('/home/ann/site', 'main')).toEqual([
      'Idle',
      'directory /home/ann/site',
      'branch main',
      '1 succeeded'
    ]);
    expect(line('/home/ann/site', '')).not.toContain('branch ');
  });

  it('does not show the branch of an earlier directory', () => {
    expect(line('/tmp', 'main')).toEqual(['Idle', 'directory /home/ann/site', '1 succeeded']);
  });

  it('shows the directory if no block has a cell', () => {
    const told = createStatusLine([], SESSION, true, { cwd: '/srv', branch: '0123456' });
    expect([told.cwd, told.branch]).toEqual(['/srv', '0123456']);
  });
});
