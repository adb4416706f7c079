import { describe, expect, it } from 'vitest';

import { badgeElement, showBadge } from '../../src/badge/view';

describe('a badge', () => {
  it('is hidden until there is something to show, and again when there is nothing any more', () => {
    const element = badgeElement();
    expect(element.hidden).toBe(true);
    showBadge(element, { state: 'running', number: '', words: 'running', isPinned: false });
    expect(element.hidden).toBe(false);
    showBadge(element, { state: 'none', number: '', words: '', isPinned: false });
    expect(element.hidden).toBe(true);
    expect(element.childElementCount).toBe(0);
  });

  it('says in words what it shows', () => {
    const element = badgeElement();
    showBadge(element, {
      state: 'failed',
      number: '2',
      words: 'failed: exit status 2',
      isPinned: false
    });
    expect(element.getAttribute('role')).toBe('img');
    expect(element.getAttribute('aria-label')).toBe('failed: exit status 2');
    expect(element.textContent).toBe('2');
  });
});
