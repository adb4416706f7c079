import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type ISessionItem } from '../../src/sessions/model';
import { SessionsView } from '../../src/sessions/view';
import { ENGLISH } from '../english';

function session(id: string, blocks = 1): ISessionItem {
  const modified = new Date('2024-05-17T14:02:11Z');
  const directory = '/home/ann/site';
  return { id, state: 'closed', modified, blocks, failed: 0, directory, notebook: `${id}.ipynb` };
}

describe('the list of sessions', () => {
  const opened: number[] = [];
  let view: SessionsView;
  const show = (current: string, ...sessions: ISessionItem[]): void => {
    view.show({ sessions, total: sessions.length }, current);
  };
  const button = (id: string): HTMLButtonElement | null =>
    view.node.querySelector(`[data-session="${id}"] button`);
  const texts = (): (string | null)[] =>
    [...view.node.querySelectorAll('.et-Session-name')].map(name => name.textContent);

  beforeEach(() => {
    view = new SessionsView(ENGLISH, ({ blocks }) => opened.push(blocks));
    document.body.append(view.node);
  });
  afterEach(() => {
    view.node.remove();
    opened.length = 0;
  });

  it('keeps its buttons when it is read again', () => {
    show('one', session('one'), session('two'));
    const before = button('two');
    show('two', session('two', 7), session('one'));
    expect(button('two')).toBe(before);
    expect(texts()).toEqual(['two.ipynb', 'one.ipynb']);
    expect(view.node.querySelector('.et-mod-current .et-Session-state')?.textContent).toBe(
      'current'
    );
    before?.click();
    expect(opened).toEqual([7]);
  });

  it('keeps the focus, or moves it to the first session', () => {
    show('', session('one'), session('two'));
    button('two')?.focus();
    show('', session('three'), session('two'), session('one'));
    expect(document.activeElement).toBe(button('two'));
    show('', session('three'), session('one'));
    expect(document.activeElement).toBe(button('three'));
  });

  it('says whether there are none or more', () => {
    show('');
    expect(view.node.textContent).toBe('No recorded sessions.');
    expect(view.node.hidden).toBe(false);
    view.show({ sessions: [session('one')], total: 3 }, '');
    expect(view.node.lastElementChild?.textContent).toBe('2 older sessions');
    show('', session('one'));
    expect(texts()).toEqual(['one.ipynb']);
    expect(view.node.children).toHaveLength(1);
    view.clear();
    expect(view.node.children).toHaveLength(0);
  });
});
