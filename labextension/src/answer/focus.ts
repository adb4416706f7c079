/** Whether a question may take the keyboard focus, and where the focus goes afterwards. */
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { Notebook } from '@jupyterlab/notebook';

import { Disposable } from '../core/disposable';
import { focusActiveCell } from '../core/notebook/cells';

/** Follows what the user types in one panel of a notebook. */
export class PanelFocus extends Disposable {
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _isCurrent: () => boolean
  ) {
    super();
    this._panel.node.addEventListener('input', this._onInput, true);
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
  }

  /**
   * Whether a field may take the focus: it is in this panel, and the user has written nothing since
   * a cell was run or a question was answered.
   */
  get isFree(): boolean {
    const active = document.activeElement;
    if (active === null || active === document.body) {
      return this._isCurrent();
    }
    const isField = active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement;
    return this._panel.node.contains(active) && !isField && !this._hasTyped;
  }

  /** Note where the focus is, before a field takes it. */
  save(): void {
    const active = document.activeElement;
    this._saved = active instanceof HTMLElement && active !== document.body ? active : null;
  }

  /** Put the focus back to where it was. */
  restore(): void {
    this._hasTyped = false;
    this._saved?.focus({ preventScroll: true });
    if (this._saved === null || document.activeElement !== this._saved) {
      focusActiveCell(this._panel);
    }
    this._saved = null;
  }

  protected override release(): void {
    this._panel.node.removeEventListener('input', this._onInput, true);
    NotebookActions.executionScheduled.disconnect(this._onScheduled, this);
  }

  private readonly _onInput = ({ target }: Event): void => {
    this._hasTyped ||= !(target instanceof HTMLInputElement);
  };

  private _onScheduled(_: unknown, { notebook }: { notebook: Notebook }): void {
    if (notebook === this._panel.content) {
      this._hasTyped = false;
    }
  }

  private _hasTyped = false;
  private _saved: HTMLElement | null = null;
}
