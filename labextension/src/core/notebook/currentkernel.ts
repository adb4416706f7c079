/** The kernel of the current notebook. */
import type { BlocksMessage } from '../kernel/messages';
import type { CurrentNotebook } from './currentnotebook';
import type { IKernelBlocks } from '../tokens';

/** Listens to one kernel at a time. */
export class CurrentKernel {
  /**
   * *onKernel* is called when there is another kernel or none, *onMessage* with each message from
   * it.
   */
  constructor(
    currentNotebook: CurrentNotebook,
    onKernel: () => void,
    onMessage: (message: BlocksMessage) => void
  ) {
    this._currentNotebook = currentNotebook;
    this._onKernel = onKernel;
    this._onMessage = onMessage;
    currentNotebook.changed.connect(this._follow, this);
    this._follow();
  }

  /** The current kernel; null if the current notebook has no EffectTalk kernel. */
  get kernel(): IKernelBlocks | null {
    return this._kernel;
  }

  private _follow(): void {
    const kernel = this._currentNotebook.blockList?.blocks.kernel ?? null;
    if (kernel === this._kernel) {
      return;
    }
    this._kernel?.messageReceived.disconnect(this._forward, this);
    this._kernel?.changed.disconnect(this._onKernelState, this);
    this._kernel = kernel;
    kernel?.messageReceived.connect(this._forward, this);
    kernel?.changed.connect(this._onKernelState, this);
    this._onKernel();
  }

  private _forward(_: IKernelBlocks, message: BlocksMessage): void {
    this._onMessage(message);
  }

  /** A kernel that is gone sends no message about it. */
  private _onKernelState(kernel: IKernelBlocks): void {
    if (kernel.session === '') {
      this._onKernel();
    }
  }

  private readonly _currentNotebook: CurrentNotebook;
  private readonly _onKernel: () => void;
  private readonly _onMessage: (message: BlocksMessage) => void;
  private _kernel: IKernelBlocks | null = null;
}
