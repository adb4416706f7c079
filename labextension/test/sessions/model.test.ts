import { describe, expect, it } from 'vitest';

import { readSessions, sessionTitle } from '../../src/sessions/model';

const SESSION = '3f9a2c41b07e';

describe('recorded sessions', () => {
  const told = {
    id: SESSION,
    state: 'live',
    modified: '2024-05-17T14:02:11Z',
    blocks: 7,
    failed: 2,
    directory: '/home/ann/site',
    notebook: '/home/ann/site/deploy.ipynb'
  };

  it('are read without what is invalid', () => {
    const { sessions, total } = readSessions({
      sessions: [told, 3, { id: '$(id)' }, { id: 'old' }],
      total: 60
    });
    expect(total).toBe(60);
    expect(sessions.map(session => [session.id, session.blocks, session.modified])).toEqual([
      [SESSION, 7, new Date('2024-05-17T14:02:11Z')],
      ['old', 0, null]
    ]);
    expect(readSessions('nonsense')).toEqual({ sessions: [], total: 0 });
  });

  it('are named after their notebook, their directory or their ID', () => {
    const titles = [told, { ...told, notebook: '' }, { id: 'old' }].map(session =>
      readSessions({ sessions: [session] }).sessions.map(sessionTitle)
    );
    expect(titles).toEqual([['deploy.ipynb'], ['site'], ['old']]);
  });
});
