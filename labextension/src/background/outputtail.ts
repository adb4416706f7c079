/** Follows the last lines of a cell's output. */
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { IOutputModel } from '@jupyterlab/rendermime';

import { lastLines } from './model';
import type { IOutput } from '../core/outputtext';
import { Disposable } from '../core/disposable';

const LINES = 20;
// Often enough to look live, rarely enough to be cheap during a flood of output.
const REFRESH_MILLISECONDS = 200;

/** The last lines of one cell's outputs. */
export class OutputTail extends Disposable {
  /** *show* is called with the lines now and whenever they change. */
  constructor(
    private readonly _model: ICodeCellModel,
    private readonly _show: (text: string) => void
  ) {
    super();
    _model.outputs.changed.connect(this._readSoon, this);
    this._read();
  }

  protected override release(): void {
    window.clearTimeout(this._timer ?? undefined);
    this._last?.changed.disconnect(this._readSoon, this);
  }

  private _readSoon(): void {
    this._timer ??= window.setTimeout(() => {
      this._timer = null;
      this._read();
    }, REFRESH_MILLISECONDS);
  }

  private _read(): void {
    const { outputs } = this._model;
    // Text appended to the last stream output does not change the list of outputs.
    const last = outputs.length === 0 ? undefined : outputs.get(outputs.length - 1).streamText;
    if (last !== this._last) {
      this._last?.changed.disconnect(this._readSoon, this);
      this._last = last;
      last?.changed.connect(this._readSoon, this);
    }
    this._show(lastLines(this._outputsFromEnd(), LINES));
  }

  private *_outputsFromEnd(): Generator<IOutput> {
    const { outputs } = this._model;
    for (let index = outputs.length - 1; index >= 0; index -= 1) {
      yield outputs.get(index).toJSON();
    }
  }

  private _last: IOutputModel['streamText'];
  private _timer: number | null = null;
}
