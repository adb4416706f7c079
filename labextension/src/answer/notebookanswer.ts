/** The answer field of one panel of a notebook. */
import { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { Disposable } from '../core/disposable';
import type { IQuestion } from '../core/kernel/question';
import { cellElement, goToCell } from '../core/notebook/cells';
import type { IKernelBlocks } from '../core/tokens';
import type { ITranslationBundle } from '../core/translation';
import { PanelFocus } from './focus';
import { InputBoxes } from './inputboxes';
import { AnswerHistory, asksConsent, endsWithPrompt } from './model';
import { AnswerView } from './view';

// What the user types just after an answer is meant for the program, not for shortcuts of the
// notebook. What has been typed stays until the next question, or until the block ends.
const REST_MILLISECONDS = 500;

/** Shows the current question behind its prompt, and sends the answer. */
export class NotebookAnswer extends Disposable {
  /** Show the questions of *kernel* in *panel*; *isCurrent*: the user works in it. */
  constructor(
    panel: NotebookPanel,
    kernel: IKernelBlocks,
    trans: ITranslationBundle,
    isCurrent: () => boolean
  ) {
    super();
    this._panel = panel;
    this._kernel = kernel;
    this._trans = trans;
    this._focus = new PanelFocus(panel, isCurrent);
    this._inputBoxes = new InputBoxes(panel, () => this._cells());
    // Keep the field in its place whenever the cell is redrawn.
    this._observer = new MutationObserver(() => {
      this._attachToCell();
    });
    kernel.changed.connect(this._update, this);
    panel.content.modelContentChanged.connect(this._attachToCell, this);
    this._update();
  }

  /** Whether a cell of this notebook asks a question. */
  get hasQuestion(): boolean {
    return this._cell() !== undefined;
  }

  /** Scroll to the question and focus its field. */
  async activate(): Promise<void> {
    const cell = this._cell();
    if (cell !== undefined) {
      this._focus.save();
      await goToCell(this._panel, cell.model.id);
      await this._attach(cell);
      this._view?.focus();
    }
  }

  protected override release(): void {
    this._removeQuestion();
    this._endRest();
    this._kernel.changed.disconnect(this._update, this);
    this._inputBoxes.dispose();
    this._focus.dispose();
    this._panel.content.modelContentChanged.disconnect(this._attachToCell, this);
  }

  /** Show the current question, and remove the field of an earlier one. */
  private _update(): void {
    const { question, session } = this._kernel;
    this._inputBoxes.setReplaced(session !== '');
    if (question?.number !== this._question?.number) {
      this._removeQuestion();
      this._showQuestion(question);
    }
  }

  private _showQuestion(question: IQuestion | null): void {
    this._question = question;
    if (question === null) {
      return;
    }
    const labels = {
      prompt: this._trans.__('Input:'),
      answer: this._trans.__('Answer'),
      run: this._trans.__('Run'),
      cancel: this._trans.__('Cancel')
    };
    this._view = new AnswerView(question, labels, this._history, {
      answered: text => {
        this._kernel.answer(question, text);
      },
      left: () => {
        this._focus.restore();
      }
    });
    this._isNew = true;
    this._attachToCell();
  }

  private _removeQuestion(): void {
    const view = this._view;
    const cell = this._question?.cell ?? '';
    this._observer.disconnect();
    this._observedCell = null;
    this._view = null;
    this._question = null;
    if (view?.hasFocus !== true) {
      view?.dispose();
      return;
    }
    this._endRest();
    view.end();
    cellElementOf(this._panel, view.element)?.append(view.element);
    view.focus();
    this._restingView = view;
    this._rest(view, cell);
  }

  /** Keep the focus in the field of the previous question of a cell. */
  private _rest(view: AnswerView, cell: string): void {
    this._restTimer = window.setTimeout(() => {
      if (view.hasFocus && view.typed !== '' && this._kernel.activityOf(cell) !== null) {
        this._rest(view, cell);
      } else {
        this._endRest();
      }
    }, REST_MILLISECONDS);
  }

  /** Remove the field of the previous question, and put the focus back. */
  private _endRest(): void {
    window.clearTimeout(this._restTimer);
    const view = this._restingView;
    this._restingView = null;
    if (view !== null) {
      const { hasFocus } = view;
      view.dispose();
      if (hasFocus) {
        this._focus.restore();
      }
    }
  }

  /** Attach the field to the question's cell. */
  private _attachToCell(): void {
    const cell = this._cell();
    if (cell !== undefined) {
      void this._attach(cell);
    }
  }

  private async _attach(cell: CodeCell): Promise<void> {
    await cell.ready; // a placeholder has neither outputs nor a footer
    const view = this._view;
    const question = this._question;
    if (view === null || question === null || cell.isDisposed || this._cell() !== cell) {
      return;
    }
    const output = cell.outputHidden ? null : findPrompt(cell, question);
    view.attach(output ?? parentIn(cell, question), output !== null);
    if (this._observedCell !== cell.node) {
      this._observedCell = cell.node;
      this._observer.disconnect();
      this._observer.observe(cell.node, { childList: true, subtree: true });
    }
    if (this._isNew) {
      this._isNew = false;
      this._takeFocus(view);
    }
  }

  /** Focus a new field, if the user has done nothing else meanwhile. */
  private _takeFocus(view: AnswerView): void {
    const resting = this._restingView;
    if (resting?.hasFocus === true) {
      // The user has gone on typing.
      view.typed = resting.typed;
      view.focus();
      this._endRest();
    } else if (this._focus.isFree) {
      this._focus.save();
      view.focus();
    }
  }

  private _cell(): CodeCell | undefined {
    const { _panel: panel, _question: question } = this;
    return panel.isDisposed || question === null
      ? undefined
      : this._cells().find(cell => cell.model.id === question.cell);
  }

  private _cells(): readonly CodeCell[] {
    return this._panel.content.widgets.filter(cell => cell instanceof CodeCell);
  }

  private readonly _panel: NotebookPanel;
  private readonly _kernel: IKernelBlocks;
  private readonly _trans: ITranslationBundle;
  private readonly _focus: PanelFocus;
  private readonly _inputBoxes: InputBoxes;
  private readonly _observer: MutationObserver;
  private readonly _history = new AnswerHistory();
  private _observedCell: Node | null = null;
  private _question: IQuestion | null = null;
  private _view: AnswerView | null = null;
  private _isNew = false;
  /** The field of the previous question, which keeps the focus for a moment. */
  private _restingView: AnswerView | null = null;
  private _restTimer = 0;
}

/** Return the element of the output that ends with the prompt of *question*; null if none does. */
function findPrompt(cell: CodeCell, question: IQuestion): HTMLElement | null {
  const outputs = cell.outputArea.node.querySelectorAll('.jp-OutputArea-child');
  const text = [...outputs].at(-1)?.querySelector(':scope .jp-RenderedText > pre');
  return text instanceof HTMLElement && endsWithPrompt(text.textContent, question)
    ? text.parentElement
    : null;
}

/** Return the element for a field without a prompt: below the outputs, or the cell's footer. */
function parentIn(cell: CodeCell, question: IQuestion): HTMLElement {
  const hasOutput = !asksConsent(question) && !cell.outputHidden && cell.model.outputs.length > 0;
  return hasOutput ? cell.outputArea.node : cellElement(cell, 'Footer');
}

/** Return the footer of the cell that contains *element*; undefined if no cell does. */
function cellElementOf(panel: NotebookPanel, element: Element): HTMLElement | undefined {
  const cell = panel.isDisposed
    ? undefined
    : panel.content.widgets.find(widget => widget.node.contains(element));
  return cell === undefined ? undefined : cellElement(cell, 'Footer');
}
