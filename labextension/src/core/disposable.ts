/** Disposable: what is given up once, with all that listens to it and all that it listens to. */
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

/** Base of what lives as long as a notebook, a kernel or a block. */
export abstract class Disposable implements IDisposable {
  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.release();
    Signal.clearData(this);
  }

  /** Give up what is held besides signals. */
  protected release(): void {
    // Many hold nothing else.
  }

  private _isDisposed = false;
}
