/**
 * A comm that all pages of a kernel share.
 *
 * Its messages reach every page anyway, and a page that is closed leaves no comm behind.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';
import { Disposable } from '../disposable';

const GONE_STATUSES: ReadonlySet<Kernel.Status> = new Set([
  'restarting',
  'autorestarting',
  'terminating',
  'dead'
]);

/** Exchanges messages with the current kernel of a notebook. */
export class SharedComm extends Disposable {
  /** Connect to *target* in the kernels of *sessionContext*. */
  constructor(target: string, sessionContext: ISessionContext) {
    super();
    this._target = target;
    this._sessionContext = sessionContext;
    sessionContext.kernelChanged.connect(this._reconnect, this);
    sessionContext.statusChanged.connect(this._onStatus, this);
    this._reconnect();
  }

  /** Emitted with each message from the kernel. */
  get messageReceived(): ISignal<this, JSONObject> {
    return this._messageReceived;
  }

  /** Emitted when the kernel is gone, so that what it has reported is no longer valid. */
  get disconnected(): ISignal<this, void> {
    return this._disconnected;
  }

  /** Send a message to the kernel, if there is one. */
  send(data: JSONObject): void {
    this._comm?.send(data);
  }

  /** Send a request. Rejects with the kernel's error message; resolves if the kernel goes away. */
  request(data: JSONObject): Promise<void> {
    // Keep the future after the kernel is idle: the answer may take longer.
    const future = this._comm?.send(data, undefined, undefined, false);
    if (future === undefined) {
      return Promise.reject(new Error(`The kernel does not support the comm ${this._target}`));
    }
    return new Promise<void>((resolve, reject) => {
      const end = (): void => {
        this._disconnected.disconnect(end);
        future.dispose();
        resolve();
      };
      this._disconnected.connect(end);
      future.onIOPub = ({ header, content }) => {
        if (header.msg_type !== 'comm_msg') {
          return;
        }
        const { status, message } = (content as KernelMessage.ICommMsgMsg['content']).data;
        if (status === 'error') {
          reject(new Error(typeof message === 'string' ? message : this._target));
        }
        if (typeof status === 'string') {
          end();
        }
      };
    });
  }

  protected override release(): void {
    this._disconnect();
  }

  private _onStatus(_: ISessionContext, status: Kernel.Status): void {
    if (GONE_STATUSES.has(status)) {
      this._disconnect();
    } else if (status === 'idle' && !this._hasConnected) {
      this._reconnect();
    }
  }

  private _reconnect(): void {
    this._disconnect();
    const kernel = this._sessionContext.session?.kernel;
    if (kernel) {
      // Only once: the kernel becomes idle after each answer, perhaps before that has arrived.
      this._hasConnected = true;
      const connection = this._connection;
      this._connect(kernel, connection).catch((error: unknown) => {
        // A kernel that went away during the request has a successor, which is asked again.
        if (this._isCurrent(kernel, connection)) {
          console.warn(`EffectTalk: the kernel does not support the comm ${this._target}`, error);
        }
      });
    }
  }

  private async _connect(kernel: Kernel.IKernelConnection, connection: number): Promise<void> {
    const reply = await kernel.requestCommInfo({ target_name: this._target });
    if (!this._isCurrent(kernel, connection)) {
      return;
    }
    const open = reply.content.status === 'ok' ? Object.keys(reply.content.comms) : [];
    const shared = open.find(identity => !kernel.hasComm(identity));
    const comm = kernel.createComm(this._target, shared);
    comm.onMsg = message => {
      this._messageReceived.emit(message.content.data);
    };
    this._comm = comm;
    if (shared === undefined) {
      comm.open();
    } else {
      comm.send({ command: 'state' });
    }
  }

  private _isCurrent(kernel: Kernel.IKernelConnection, connection: number): boolean {
    const current = this._sessionContext.session?.kernel;
    return !this.isDisposed && connection === this._connection && current === kernel;
  }

  private _disconnect(): void {
    this._connection += 1;
    this._hasConnected = false;
    this._comm?.dispose();
    this._comm = null;
    this._disconnected.emit();
  }

  private readonly _target: string;
  private readonly _sessionContext: ISessionContext;
  private readonly _messageReceived = new Signal<this, JSONObject>(this);
  private readonly _disconnected = new Signal<this, void>(this);
  private _comm: Kernel.IComm | null = null;
  private _connection = 0;
  private _hasConnected = false;
}
