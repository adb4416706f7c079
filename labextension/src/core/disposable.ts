/** A base class for objects that are disposed once, together with their signals. */
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

/** Base class of objects that live as long as a notebook, a kernel or a block. */
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

  /** Release what is held besides signals. */
  protected release(): void {
    // Most objects hold nothing else.
  }

  private _isDisposed = false;
}
