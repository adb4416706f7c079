import { beforeEach, describe, expect, it, vi } from 'vitest';

import { toBlockItems, type IBlockItem } from '../../src/core/blockitem';
import { BackgroundView } from '../../src/background/view';
import { record } from '../records';
import { ENGLISH } from '../english';

function item(number: number): IBlockItem {
  const found = record({ number, status: 'background' });
  const cell = { cell: `c-${number}`, source: `serve ${number}`, state: 'background' as const };
  const [made] = toBlockItems([{ ...cell, record: found, isPinned: false }], '3f9a2c41b07e');
  if (made === undefined) {
    throw new Error('no block');
  }
  return made;
}

describe('the list of running blocks', () => {
  const stop = vi.fn();
  const goToCell = vi.fn();
  const end = vi.fn();
  const followOutput = vi.fn((_: IBlockItem, show: (text: string) => void) => {
    show('one\ntwo');
    return stop;
  });
  let view: BackgroundView;
  const button = (name: string): HTMLElement | null =>
    view.node.querySelector<HTMLElement>(`button[aria-label="${name}"]`);

  beforeEach(() => {
    vi.clearAllMocks();
    view = new BackgroundView(ENGLISH, { goToCell, end, followOutput });
    view.show([item(1), item(2)]);
  });

  it('follows no output while it is collapsed', () => {
    expect(followOutput).not.toHaveBeenCalled();
    const unfold = button('Last lines of serve 2');
    unfold?.click();
    expect(followOutput).toHaveBeenCalledTimes(1);
    expect(view.node.querySelectorAll('.et-Tail:not([hidden])')).toHaveLength(1);
    expect(view.node.querySelector('.et-Tail:not([hidden]) pre')?.textContent).toBe('one\ntwo');
    view.show([item(1), item(2)]);
    expect(unfold?.getAttribute('aria-expanded')).toBe('true');
    expect(stop).not.toHaveBeenCalled();
    unfold?.click();
    expect(stop).toHaveBeenCalledTimes(1);
    expect(unfold?.getAttribute('aria-expanded')).toBe('false');
  });

  it('stops following the output of a block that has finished', () => {
    button('Last lines of serve 1')?.click();
    view.show([item(2)]);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(view.node.querySelectorAll('.et-Row')).toHaveLength(1);
  });

  it('says that there is no output yet', () => {
    followOutput.mockImplementationOnce((_, show) => {
      show('');
      return stop;
    });
    button('Last lines of serve 1')?.click();
    expect(view.node.querySelector('pre')?.textContent).toBe('No output yet.');
  });

  it('goes to the cell and stops the block', () => {
    view.node.querySelectorAll<HTMLElement>('.et-LinkButton')[1]?.click();
    expect(goToCell).toHaveBeenCalledWith(expect.objectContaining({ cell: 'c-2' }));
    button('Stop block')?.click();
    expect(end).toHaveBeenCalledWith(expect.objectContaining({ cell: 'c-1' }));
  });
});
