import { describe, expect, it } from 'vitest';

import {
  describeBackup,
  readBackups,
  readJob,
  describeRestore,
  type IRestoreResult
} from '../../src/sessions/backups';
import { notebookPath, numberedName, type ISessionItem } from '../../src/sessions/model';
import { ENGLISH } from '../english';

const NOTHING: IRestoreResult = {
  sessions: 0,
  blocks: 0,
  replaced: 0,
  unchanged: 0,
  refused: [],
  safetyCopy: ''
};

describe('a backup', () => {
  it('is read with all known fields', () => {
    const [whole, bare] = readBackups({
      backups: [
        {
          name: '20261101-120000',
          time: '2026-11-01T12:00:00Z',
          reason: 'asked',
          sessions: 2,
          blocks: 1,
          size_bytes: 12_000
        },
        { name: 'old', time: null, reason: null, sessions: null, blocks: null, size_bytes: 5 },
        { time: 'without a name' }
      ]
    });
    expect(whole?.time).toEqual(new Date('2026-11-01T12:00:00Z'));
    expect(whole && describeBackup(whole, ENGLISH)).toEqual([
      '2 sessions',
      '1 block',
      '12 kB',
      'on request'
    ]);
    expect(bare?.time).toBeNull();
    expect(bare && describeBackup(bare, ENGLISH)).toEqual(['5 bytes']);
  });

  it.each([null, {}, { backups: 7 }])('does not exist in %j', data => {
    expect(readBackups(data)).toEqual([]);
  });
});

describe('a job', () => {
  it('is read with its result', () => {
    const result = { sessions: 1, blocks: 2, refused: [{ session: 'a', reason: 'it is newer' }] };
    const job = readJob({ id: 'ab', state: 'done', problem: '', result });
    expect(job.result).toEqual({ ...NOTHING, sessions: 1, blocks: 2, refused: ['it is newer'] });
  });

  it('that failed has an error and no result', () => {
    const job = readJob({ id: 'ab', state: 'failed', problem: 'no room', result: null });
    expect([job.state, job.error, job.result]).toEqual(['failed', 'no room', NOTHING]);
  });
});

describe('the result of a restore', () => {
  it.each<[Partial<IRestoreResult>, string]>([
    [{}, 'Nothing to restore.'],
    [{ sessions: 1, blocks: 1 }, 'Restored 1 session (1 block).'],
    [
      { sessions: 3, blocks: 40, replaced: 1, safetyCopy: 'today' },
      'Restored 3 sessions (40 blocks). 1 of them was replaced. The previous state is in backup today.'
    ],
    [
      { unchanged: 2, refused: ['a kernel runs it', 'it is newer', 'it is newer'] },
      'Nothing to restore. 2 are the same as in the backup. 1 was not restored: a kernel runs it. 2 were not restored: it is newer.'
    ]
  ])('is described: %j', (done, words) => {
    expect(describeRestore({ ...NOTHING, ...done }, ENGLISH)).toBe(words);
  });
});

describe('the notebook of a session', () => {
  const session = (notebook: string): ISessionItem => ({
    id: '3f9a2c41b07e',
    state: 'closed',
    modified: null,
    blocks: 1,
    failed: 0,
    directory: '',
    notebook
  });

  it.each([
    ['/home/ann/deploy.ipynb', 'work', 'work/deploy (session).ipynb'],
    ['/home/ann/a:b?.ipynb', '', 'a-b- (session).ipynb'],
    ['', 'work', 'work/3f9a2c41b07e (session).ipynb']
  ])('of %j in %j is %j', (notebook, directory, path) => {
    expect(notebookPath(session(notebook), directory, ENGLISH)).toBe(path);
  });

  it('gets a number if the name is taken', () => {
    expect(numberedName('work/deploy.ipynb', 1)).toBe('work/deploy.ipynb');
    expect(numberedName('work/deploy.ipynb', 3)).toBe('work/deploy 3.ipynb');
  });
});
