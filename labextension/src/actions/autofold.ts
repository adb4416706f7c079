/** Folder: folds the output of long successes and opens that of failures, as they end. */
import { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { shouldFold } from './model';
import { isActive } from '../core/cellstate';
import type { ICellView, NotebookBlocks } from '../core/notebook/notebookblocks';
import { Disposable } from '../core/disposable';

/** Follows the blocks of one view of a notebook. */
export class Folder extends Disposable {
  /** *longestLines* tells what is long; null: the user does not want it. */
  constructor(panel: NotebookPanel, blocks: NotebookBlocks, longestLines: () => number | null) {
    super();
    this._panel = panel;
    this._longestLines = longestLines;
    for (const { model } of panel.content.widgets) {
      this._views.set(model.id, blocks.view(model.id));
    }
    blocks.changed.connect(this._look, this);
  }

  private _look(blocks: NotebookBlocks, changed: ReadonlySet<string>): void {
    const longest = this._longestLines();
    for (const identity of changed) {
      const view = blocks.view(identity);
      const before = this._views.get(identity);
      this._views.set(identity, view);
      // What was there when the notebook was opened stays as the user has left it.
      if (longest !== null && before !== undefined && hasEnded(before, view)) {
        const isFolded = shouldFold(view.state, view.record, longest);
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
  private readonly _longestLines: () => number | null;
  private readonly _views = new Map<string, ICellView>();
}

/** Whether a block has ended since; a short one perhaps without ever being seen to run. */
function hasEnded(before: ICellView, { state, record }: ICellView): boolean {
  const isOther =
    before.record?.number !== record?.number || before.record?.session !== record?.session;
  return !isActive(state) && (isActive(before.state) || isOther);
}
