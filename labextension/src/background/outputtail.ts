/** Output tail: follows the last lines of what a cell shows, while somebody looks at them. */
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { IOutputModel } from '@jupyterlab/rendermime';

import { lastLines } from './model';
import type { IOutput } from '../core/outputtext';
import { Disposable } from '../core/disposable';

const LINES = 20;
// Fast enough to look live, slow enough for a flood to cost nothing.
const REFRESH_MILLISECONDS = 200;

/** The last lines of one cell's outputs. */
export class OutputTail extends Disposable {
  /** *show* is called with them, now and when there are others. */
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
    // What is printed goes on at the end of the last one, of which the list says nothing.
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
    for (let place = outputs.length - 1; place >= 0; place -= 1) {
      yield outputs.get(place).toJSON();
    }
  }

  private _last: IOutputModel['streamText'];
  private _timer: number | null = null;
}
