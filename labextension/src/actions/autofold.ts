/** Automatic folding: fold the output of long successful blocks and unfold that of failed ones. */
import { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { isActive } from '../core/cellstate';
import { Disposable } from '../core/disposable';
import type { INotebookBlocks } from '../core/tokens';
import type { ICellStatus } from '../core/tokens';
import { shouldFold } from './model';

/** Folds outputs in one panel of a notebook, as blocks finish. */
export class AutoFold extends Disposable {
  /**
   * *maxLines* returns how many lines an output may have; null if the user has not enabled folding.
   */
  constructor(panel: NotebookPanel, blocks: INotebookBlocks, maxLines: () => number | null) {
    super();
    this._panel = panel;
    this._maxLines = maxLines;
    for (const { model } of panel.content.widgets) {
      this._statuses.set(model.id, blocks.status(model.id));
    }
    blocks.changed.connect(this._onBlocksChanged, this);
  }

  private _onBlocksChanged(blocks: INotebookBlocks, changed: ReadonlySet<string>): void {
    const maxLines = this._maxLines();
    for (const identity of changed) {
      const status = blocks.status(identity);
      const before = this._statuses.get(identity);
      this._statuses.set(identity, status);
      // Outputs that were there when the notebook was opened stay as the user left them.
      if (maxLines !== null && before !== undefined && hasEnded(before, status)) {
        const isFolded = shouldFold(status.state, status.record, maxLines);
        if (isFolded !== null) {
          this._fold(identity, isFolded);
        }
      }
    }
  }

  private _fold(identity: string, isFolded: boolean): void {
    const cell = this._panel.content.widgets.find(one => one.model.id === identity);
    if (cell instanceof CodeCell) {
      cell.outputHidden = isFolded;
    }
  }

  private readonly _panel: NotebookPanel;
  private readonly _maxLines: () => number | null;
  private readonly _statuses = new Map<string, ICellStatus>();
}

/** Whether a block has finished; a short one may never have been seen running. */
function hasEnded(before: ICellStatus, { state, record }: ICellStatus): boolean {
  const isOther =
    before.record?.number !== record?.number || before.record?.session !== record?.session;
  return !isActive(state) && (isActive(before.state) || isOther);
}
