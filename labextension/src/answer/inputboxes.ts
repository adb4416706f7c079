/** JupyterLab's own input boxes, which the answer field replaces. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, Session } from '@jupyterlab/services';

import { Disposable } from '../core/disposable';

const BOX_CLASS = 'jp-OutputArea-stdin-item';
/** Hides the boxes of a panel, so that they neither appear nor take the focus. */
const PANEL_CLASS = 'et-mod-answers';

/** Removes the input boxes from one panel of a notebook while its kernel reports questions. */
export class InputBoxes extends Disposable {
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _codeCells: () => readonly CodeCell[]
  ) {
    super();
    this._sessionContext = this._panel.sessionContext;
    this._sessionContext.sessionChanged.connect(this._followSession, this);
    this._followSession();
  }

  /** Replace the boxes from now on, or leave them to JupyterLab: without a comm it has to ask. */
  setReplaced(isReplaced: boolean): void {
    if (this._isReplaced !== isReplaced) {
      this._isReplaced = isReplaced;
      this._panel.node.classList.toggle(PANEL_CLASS, isReplaced);
      this._remove();
    }
  }

  protected override release(): void {
    this.setReplaced(false);
    this._session?.pendingInput.disconnect(this._onPendingInput, this);
    this._sessionContext.sessionChanged.disconnect(this._followSession, this);
  }

  private _followSession(): void {
    this._session?.pendingInput.disconnect(this._onPendingInput, this);
    this._session = this._sessionContext.session;
    this._session?.pendingInput.connect(this._onPendingInput, this);
  }

  private _onPendingInput(_: unknown, isPending: boolean): void {
    if (isPending) {
      // JupyterLab adds the box after this handler, and other handlers must not see the changes in
      // the wrong order.
      queueMicrotask(() => {
        this._remove();
      });
    }
  }

  /**
   * Remove all boxes, and tell JupyterLab that no input is pending: until then it runs no cells. It
   * does not notice when a question is closed, and the kernel queues cells meanwhile.
   */
  private _remove(): void {
    if (!this._isReplaced || this._panel.isDisposed) {
      return;
    }
    for (const cell of this._codeCells()) {
      for (const box of cell.outputArea.widgets.filter(widget => widget.hasClass(BOX_CLASS))) {
        // Not disposed: then JupyterLab would focus the cell.
        box.parent = null;
      }
    }
    const kernel: Kernel.IKernelConnection | null | undefined = this._session?.kernel;
    if (kernel?.hasPendingInput === true) {
      kernel.hasPendingInput = false;
    }
  }

  private readonly _sessionContext: ISessionContext;
  private _session: Session.ISessionConnection | null = null;
  private _isReplaced = false;
}
