/** Hearing: what the kernel of the notebook in front says, whichever notebook that is. */
import type { Message } from '../kernel/messages';
import type { Front } from './currentnotebook';
import type { KernelBlocks } from '../kernel/kernelblocks';

/** Listens to one kernel at a time. */
export class Hearing {
  /** *turn* is called when the notebook is another one, *take* with all that its kernel says. */
  constructor(front: Front, turn: () => void, take: (said: Message) => void) {
    this._front = front;
    this._turn = turn;
    this._take = take;
    front.changed.connect(this._follow, this);
    this._follow();
  }

  /** The kernel's side; null: the notebook in front is none of ours. */
  get kernel(): KernelBlocks | null {
    return this._kernel;
  }

  private _follow(): void {
    const kernel = this._front.outline?.blocks.kernel ?? null;
    if (kernel === this._kernel) {
      return;
    }
    this._kernel?.heard.disconnect(this._hear, this);
    this._kernel?.changed.disconnect(this._hearGone, this);
    this._kernel = kernel;
    kernel?.heard.connect(this._hear, this);
    kernel?.changed.connect(this._hearGone, this);
    this._turn();
  }

  private _hear(_: KernelBlocks, said: Message): void {
    this._take(said);
  }

  /** A kernel that is gone says nothing any more. */
  private _hearGone(kernel: KernelBlocks): void {
    if (kernel.session === '') {
      this._turn();
    }
  }

  private readonly _front: Front;
  private readonly _turn: () => void;
  private readonly _take: (said: Message) => void;
  private _kernel: KernelBlocks | null = null;
}
