import type { ISessionContext } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import { KernelBlocks, TARGET } from '../../../src/core/kernel/kernelblocks';
import { LiveSessions } from '../../../src/core/livesessions';
import { type IBlockEnd } from '../../../src/core/tokens';

type Say = (message: { content: { data: Record<string, unknown> } }) => void;

/** A comm whose kernel is played by the test. */
class FakeComm {
  onMsg: Say = () => undefined;
  readonly sent: unknown[] = [];
  isOpen = false;

  open(): void {
    this.isOpen = true;
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  dispose(): void {
    this.isOpen = false;
  }

  say(data: Record<string, unknown>): void {
    this.onMsg({ content: { data } });
  }
}

/** A notebook's session; its kernel answers when the test lets it. */
class FakeSession {
  readonly kernelChanged = new Signal<this, unknown>(this);
  readonly statusChanged = new Signal<this, string>(this);
  readonly comms: FakeComm[] = [];
  readonly createComm = vi.fn<(target: string, identity?: string) => FakeComm>(() => {
    const comm = new FakeComm();
    this.comms.push(comm);
    return comm;
  });
  shared: Record<string, unknown> = {};
  answer: () => void = () => undefined;
  readonly requestCommInfo = vi.fn(
    () =>
      new Promise(resolve => {
        this.answer = () => {
          resolve({ content: { status: 'ok', comms: this.shared } });
        };
      })
  );
  readonly session = {
    kernel: {
      createComm: this.createComm,
      hasComm: () => false,
      requestCommInfo: this.requestCommInfo
    }
  };

  /** Let the kernel answer, and the page continue. */
  async answered(): Promise<FakeComm> {
    this.answer();
    await vi.waitFor(() => {
      expect(this.comms).not.toEqual([]);
    });
    return this.comms.at(-1) ?? new FakeComm();
  }
}

function blocksOf(session: FakeSession, alive = new LiveSessions()): KernelBlocks {
  return new KernelBlocks(session as unknown as ISessionContext, alive);
}

const state = (blocks: unknown[], queued: string[] = []): Record<string, unknown> => ({
  event: 'state',
  session: 'one',
  count: 7,
  blocks,
  queued
});

describe('the comm to a kernel', () => {
  it('is requested once, even if the kernel becomes idle before it answers', async () => {
    const session = new FakeSession();
    blocksOf(session);
    session.statusChanged.emit('busy');
    session.statusChanged.emit('idle');
    session.statusChanged.emit('idle');
    const comm = await session.answered();
    session.statusChanged.emit('idle');
    expect(session.requestCommInfo).toHaveBeenCalledTimes(1);
    expect(comm.isOpen).toBe(true);
  });

  it('is shared with pages that have opened it before', async () => {
    const session = new FakeSession();
    session.shared = { theirs: { target_name: TARGET } };
    blocksOf(session);
    const comm = await session.answered();
    expect(session.createComm).toHaveBeenCalledWith(TARGET, 'theirs');
    expect([comm.isOpen, comm.sent]).toEqual([false, [{ command: 'state' }]]);
  });

  it('is opened again after a restart', async () => {
    const session = new FakeSession();
    const alive = new LiveSessions();
    const blocks = blocksOf(session, alive);
    (await session.answered()).say(state([{ number: 7, cell: 'a', status: 'running' }]));
    session.statusChanged.emit('restarting');
    expect([blocks.activityOf('a'), alive.isLive('one', 7)]).toEqual([null, false]);
    session.statusChanged.emit('idle');
    expect(session.requestCommInfo).toHaveBeenCalledTimes(2);
  });
});

describe('what the kernel reports', () => {
  it('is the activity of each cell', async () => {
    const session = new FakeSession();
    const alive = new LiveSessions();
    const blocks = blocksOf(session, alive);
    const comm = await session.answered();
    comm.say(state([{ number: 7, cell: 'a', status: 'running' }], ['b', 'c']));
    expect(blocks.activityOf('a')).toEqual({ state: 'running', number: 7 });
    expect(blocks.activityOf('b')?.state).toBe('queued');
    expect(alive.isLive('one', 7)).toBe(true);
    comm.say({ event: 'block', block: { number: 7, cell: 'a', status: 'running', waiting: true } });
    expect(blocks.activityOf('a')?.state).toBe('waiting');
    expect(alive.isWaiting('one', 7)).toBe(true);
    comm.say({ event: 'unqueued', cells: ['b'] });
    expect([blocks.activityOf('b'), blocks.activityOf('c')?.state]).toEqual([null, 'queued']);
  });

  it('is told that the page is there', async () => {
    const session = new FakeSession();
    const blocks = blocksOf(session);
    const comm = await session.answered();
    comm.sent.length = 0;
    comm.say({ event: 'ping' });
    expect(comm.sent).toEqual([{ command: 'here' }]);
    expect(blocks.question).toBeNull();
  });

  it('ends with a block, unless the cell has a newer one', async () => {
    const session = new FakeSession();
    const blocks = blocksOf(session);
    const ended: IBlockEnd[] = [];
    blocks.blockEnded.connect((_, one) => ended.push(one));
    const comm = await session.answered();
    comm.say(state([{ number: 6, cell: 'a', status: 'success' }]));
    comm.say({ event: 'block', block: { number: 8, cell: 'a', status: 'running' } });
    comm.say({ event: 'block', block: { number: 6, cell: 'a', status: 'success' } });
    expect(blocks.activityOf('a')).toEqual({ state: 'running', number: 8 });
    comm.say({ event: 'block', block: { number: 8, cell: 'a', status: 'failed' } });
    expect(blocks.activityOf('a')).toBeNull();
    expect(ended.map(one => [one.block.number, one.isNew])).toEqual([
      [6, false],
      [6, true],
      [8, true]
    ]);
  });

  it('ends once, even if the comm is closed twice', async () => {
    const session = new FakeSession();
    const blocks = blocksOf(session);
    const comm = await session.answered();
    blocks.dispose();
    blocks.dispose();
    session.statusChanged.emit('idle');
    expect([comm.isOpen, session.requestCommInfo.mock.calls.length]).toEqual([false, 1]);
  });
});
