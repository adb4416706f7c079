import type { ISessionContext } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import { SharedComm } from '../../../src/core/kernel/sharedcomm';

/** A request that is answered by the test. */
class FakeFuture {
  onIOPub: (message: unknown) => void = () => undefined;
  readonly dispose = vi.fn();

  say(kind: string, data: Record<string, unknown>): void {
    this.onIOPub({ header: { msg_type: kind }, content: { data } });
  }
}

/** A notebook's session. */
class FakeSession {
  readonly kernelChanged = new Signal<this, unknown>(this);
  readonly statusChanged = new Signal<this, string>(this);
  readonly future = new FakeFuture();
  readonly send = vi.fn<(data: unknown) => FakeFuture>(() => this.future);
  readonly session = {
    kernel: {
      createComm: () => ({ open: vi.fn(), send: this.send, dispose: vi.fn() }),
      hasComm: () => false,
      requestCommInfo: () => Promise.resolve({ content: { status: 'ok', comms: {} } })
    }
  };
}

async function connected(): Promise<{ session: FakeSession; comm: SharedComm }> {
  const session = new FakeSession();
  const comm = new SharedComm('target', session as unknown as ISessionContext);
  await vi.waitFor(() => {
    comm.send({ command: 'state' });
    expect(session.send).toHaveBeenCalled();
  });
  return { session, comm };
}

describe('a request to a kernel', () => {
  it('resolves when the kernel has done it', async () => {
    const { session, comm } = await connected();
    const done = vi.fn();
    const asked = comm.request({ command: 'end', block: 7 }).then(done);
    session.future.say('status', {});
    session.future.say('comm_msg', { event: 'block' });
    await Promise.resolve();
    expect(done).not.toHaveBeenCalled();
    session.future.say('comm_msg', { status: 'ok' });
    await asked;
    expect(session.future.dispose).toHaveBeenCalled();
  });

  it('rejects with the message of the kernel', async () => {
    const { session, comm } = await connected();
    const asked = comm.request({ command: 'end', block: 7 });
    session.future.say('comm_msg', { status: 'error', message: 'no block 7' });
    await expect(asked).rejects.toThrow('no block 7');
  });

  it('resolves when the kernel goes away', async () => {
    const { session, comm } = await connected();
    const asked = comm.request({ command: 'end', block: 7 });
    session.statusChanged.emit('restarting');
    await expect(asked).resolves.toBeUndefined();
    await expect(comm.request({ command: 'end', block: 7 })).rejects.toThrow('does not support');
  });
});
