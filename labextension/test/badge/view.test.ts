import { describe, expect, it } from 'vitest';

import { createBadge, updateBadge } from '../../src/badge/view';

describe('a badge', () => {
  it('is hidden unless there is something to show', () => {
    const element = createBadge();
    expect(element.hidden).toBe(true);
    updateBadge(element, { state: 'running', number: '', description: 'running', isPinned: false });
    expect(element.hidden).toBe(false);
    updateBadge(element, { state: 'none', number: '', description: '', isPinned: false });
    expect(element.hidden).toBe(true);
    expect(element.childElementCount).toBe(0);
  });

  it('shows the pin of a cell, whatever its state', () => {
    const element = createBadge();
    for (const state of ['none', 'failed'] as const) {
      updateBadge(element, { state, number: '', description: 'pinned', isPinned: true });
      expect(element.hidden).toBe(false);
      expect(element.querySelectorAll('.et-Pin')).toHaveLength(1);
    }
  });

  it('has an accessible description', () => {
    const element = createBadge();
    updateBadge(element, {
      state: 'failed',
      number: '2',
      description: 'failed: exit status 2',
      isPinned: false
    });
    expect(element.getAttribute('role')).toBe('img');
    expect(element.getAttribute('aria-label')).toBe('failed: exit status 2');
    expect(element.textContent).toBe('2');
  });
});
