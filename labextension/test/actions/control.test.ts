import type { Kernel } from '@jupyterlab/services';
import { describe, expect, it } from 'vitest';

import { sendControl } from '../../src/actions/control';

/** A kernel that answers one command. */
class FakeKernel {
  readonly sent: unknown[] = [];
  onMsg: (message: unknown) => void = () => undefined;

  constructor(private readonly _answer: unknown) {}

  createComm(target: string): this {
    this.sent.push(target);
    return this;
  }

  open(): void {
    this.sent.push('open');
  }

  send(data: unknown): void {
    this.sent.push(data);
    this.onMsg({ content: { data: this._answer } });
  }

  close(): void {
    this.sent.push('close');
  }
}

const ask = (kernel: FakeKernel): Promise<void> =>
  sendControl(kernel as unknown as Kernel.IKernelConnection, { command: 'interrupt' });

describe('sendControl', () => {
  it('opens a comm of its own until it is answered', async () => {
    const kernel = new FakeKernel({ status: 'ok' });
    await ask(kernel);
    expect(kernel.sent).toEqual(['effecttalk.control', 'open', { command: 'interrupt' }, 'close']);
  });

  it('rejects with the message of the kernel', async () => {
    const kernel = new FakeKernel({ status: 'error', message: 'no block runs' });
    await expect(ask(kernel)).rejects.toThrow('no block runs');
  });
});
