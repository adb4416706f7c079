/** Filter: looks for lines in the output of one cell, in one view of its notebook. */
import type { CodeCell, ICodeCellModel } from '@jupyterlab/cells';
import type { ServerConnection } from '@jupyterlab/services';

import { ExpressionError, expressionOf, isSameSearch, type IQuestion } from './matches';
import { FilterRows } from './rows';
import type { ISource } from './searcher';
import type { StreamName } from '../core/outputtext';
import type { ITranslate } from '../core/translation';
import { FilterView } from './view';
import type { IWish } from './barview';
import type { NotebookBlocks } from '../core/notebook/notebookblocks';
import { Disposable } from '../core/disposable';
import { FilterSearch } from './searchclient';
import { FilterSource } from './outputreader';
import { partOf } from '../core/notebook/cells';

const CELL_CLASS = 'et-mod-filtered';
// Nobody types faster, and nobody reads faster what is printed.
const TYPING_MILLISECONDS = 120;
const FOLLOW_MILLISECONDS = 300;

/** What the filter of a cell needs. */
export interface IFilterParts {
  readonly blocks: NotebookBlocks;
  readonly server: ServerConnection.ISettings;
  readonly trans: ITranslate;
  /** Called when the user closes it; *hadFocus*: the keyboard was in it. */
  closed(hadFocus: boolean): void;
}

/** The bar of one cell, and what it shows in place of the output. */
export class CellFilter extends Disposable {
  constructor(cell: CodeCell, wish: IWish, parts: IFilterParts) {
    super();
    const { blocks, server, trans } = parts;
    this._trans = trans;
    this._source = new FilterSource(blocks, server, trans);
    this._view = new FilterView(wish, trans, {
      changed: () => {
        this._later(TYPING_MILLISECONDS);
      },
      closed: () => {
        parts.closed(this._view.hasFocus);
      }
    });
    this._search = new FilterSearch({
      searching: part => {
        if (part > 0) {
          this._view.searching(part);
        }
      },
      found: (lines, matches, question) => {
        const isSame = question === this._answered;
        this._answered = question;
        this._view.bar.blame('');
        this._view.show(new FilterRows(lines, matches, question), question, isSame);
      },
      tookTooLong: () => {
        this._isStuck = true;
        this._refuse(trans.__('This expression takes too long.'), true);
      },
      failed: problem => {
        this._refuse(trans.__('The output cannot be searched: %1', problem), false);
      }
    });
    this._view.bar.say(trans.__('Reading…'), true);
    this.place(cell);
    void this._ask();
  }

  /** What is looked for. */
  get wish(): IWish {
    return this._view.bar.wish;
  }

  /** Have the keyboard as soon as it is in the page. */
  focus(): void {
    this._wantsFocus = true;
    this._takeFocus();
  }

  /** Show only matching lines, or all. */
  setOnlyMatching(isOnly: boolean): void {
    this._view.bar.setOnlyMatching(isOnly);
  }

  /** Be in *cell* from now on, which shows the same cell of the notebook as the one before. */
  place(cell: CodeCell): void {
    this._follow(cell.model);
    if (this._cell !== cell || !cell.node.contains(this._view.element)) {
      this._leave();
      this._cell = cell;
      void this._attach(cell);
    }
  }

  protected override release(): void {
    window.clearTimeout(this._timer ?? undefined);
    this._search.dispose();
    this._follow(null);
    this._leave();
    this._view.dispose();
  }

  /** As a plain element of the cell's footer; badges say why. */
  private async _attach(cell: CodeCell): Promise<void> {
    await cell.ready; // a placeholder has no footer
    if (this.isDisposed || cell.isDisposed || this._cell !== cell) {
      return;
    }
    partOf(cell, 'Footer').append(this._view.element);
    cell.node.classList.add(CELL_CLASS);
    this._takeFocus();
  }

  private _takeFocus(): void {
    if (this._wantsFocus && this._view.element.isConnected) {
      this._wantsFocus = false;
      this._view.bar.focus();
    }
  }

  private _leave(): void {
    this._cell?.node.classList.remove(CELL_CLASS);
  }

  private _follow(model: ICodeCellModel | null): void {
    if (this._model === model) {
      return;
    }
    this._model?.outputs.changed.disconnect(this._onOutputs, this);
    this._model?.outputs.stateChanged.disconnect(this._onOutputs, this);
    this._model = model;
    model?.outputs.changed.connect(this._onOutputs, this);
    model?.outputs.stateChanged.connect(this._onOutputs, this);
    if (this._answered !== null && model !== null) {
      this._onOutputs();
    }
  }

  /** What is appended to a stream changes its text, and not the outputs. */
  private _followTexts({ outputs }: ICodeCellModel): void {
    for (let place = 0; place < outputs.length; place += 1) {
      outputs.get(place).streamText?.changed.connect(this._onOutputs, this);
    }
  }

  private _onOutputs(): void {
    this._isOld = true;
    this._later(FOLLOW_MILLISECONDS);
  }

  private _later(milliseconds: number): void {
    if (milliseconds === TYPING_MILLISECONDS) {
      window.clearTimeout(this._timer ?? undefined);
      this._timer = null;
    }
    this._timer ??= window.setTimeout(() => {
      this._timer = null;
      void this._ask();
    }, milliseconds);
  }

  /** Ask what is wished now, of what is printed now. */
  private async _ask(): Promise<void> {
    this._asking += 1;
    const asking = this._asking;
    const { question, streams } = this.wish;
    if (!this._canAsk(question)) {
      return;
    }
    if (this._isOld || streams.join() !== this._streams) {
      this._isOld = false;
      this._streams = streams.join();
      this._reading = this._read(streams);
    }
    const sources = await this._reading;
    if (this.isDisposed || asking !== this._asking) {
      return;
    }
    // What is asked again of another text is the same object, by which its answer is known.
    this._asked = isEqual(this._asked, question) ? (this._asked ?? question) : question;
    this._view.asking();
    this._search.ask(this._asked, sources === this._sources ? null : sources);
    this._sources = sources;
  }

  private async _read(streams: readonly StreamName[]): Promise<readonly ISource[]> {
    if (this._model === null) {
      return [];
    }
    this._followTexts(this._model);
    const { sources, note } = await this._source.read(this._model, streams);
    this._view.bar.note(note);
    return sources;
  }

  /** Whether it can be asked; if not, what was found last stays. */
  private _canAsk(question: IQuestion): boolean {
    if (this._isStuck && this._asked !== null && isSameSearch(question, this._asked)) {
      this._view.stay();
      return false; // it would take too long again
    }
    this._isStuck = false;
    return this._isExpression(question);
  }

  private _isExpression(question: IQuestion): boolean {
    try {
      expressionOf(question);
      return true;
    } catch (error) {
      if (!(error instanceof ExpressionError)) {
        throw error;
      }
      this._search.stop();
      this._refuse(this._trans.__('No regular expression: %1.', error.message), true);
      return false;
    }
  }

  private _refuse(problem: string, isInvalid: boolean): void {
    this._view.bar.blame(problem, isInvalid);
    this._view.stay();
  }

  private readonly _trans: ITranslate;
  private readonly _source: FilterSource;
  private readonly _search: FilterSearch;
  private readonly _view: FilterView;
  private _cell: CodeCell | null = null;
  private _model: ICodeCellModel | null = null;
  private _asked: IQuestion | null = null;
  private _answered: IQuestion | null = null;
  private _streams = '';
  private _isOld = true;
  private _isStuck = false;
  private _wantsFocus = false;
  private _asking = 0;
  private _reading: Promise<readonly ISource[]> = Promise.resolve([]);
  private _sources: readonly ISource[] = [];
  private _timer: number | null = null;
}

function isEqual(one: IQuestion | null, other: IQuestion): boolean {
  return (
    one !== null &&
    isSameSearch(one, other) &&
    one.context === other.context &&
    one.isOnlyMatching === other.isOnlyMatching
  );
}
