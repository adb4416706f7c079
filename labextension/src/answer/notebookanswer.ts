/** The answer field of one panel of a notebook. */
import { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { Disposable } from '../core/disposable';
import type { IKernelBlocks } from '../core/tokens';
import { type IQuestion } from '../core/kernel/question';
import { cellElement, focusActiveCell, goToCell } from '../core/notebook/cells';
import type { ITranslationBundle } from '../core/translation';
import { InputBoxes } from './inputboxes';
import { echoAnswer } from './model';
import { AnswerView } from './view';

const HEADER = '.et-Block';

/** Shows the current question below its block's header, and sends the answer. */
export class NotebookAnswer extends Disposable {
  /** Show the questions of *kernel* in *panel*. */
  constructor(panel: NotebookPanel, kernel: IKernelBlocks, trans: ITranslationBundle) {
    super();
    this._panel = panel;
    this._kernel = kernel;
    this._trans = trans;
    this._inputBoxes = new InputBoxes(
      panel.sessionContext,
      () => {
        this._update();
        this._keepFocus();
      },
      () => {
        this._focusCell();
      }
    );
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
      await goToCell(this._panel, cell.model.id);
      await this._attach(cell);
      this._view?.focus();
    }
  }

  protected override release(): void {
    this._removeQuestion();
    this._inputBoxes.dispose();
    this._panel.content.modelContentChanged.disconnect(this._attachToCell, this);
  }

  /** Show the current question, and remove the field of an earlier one. */
  private _update(): void {
    const { question, session } = this._kernel;
    if (session === '') {
      this._inputBoxes.reset();
    }
    this._inputBoxes.setQuestion(question);
    this._inputBoxes.removeAnswered(this._cells());
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
      answer: this._trans.__('Answer')
    };
    this._view = new AnswerView(question, labels, {
      answered: text => {
        this._answer(question, text);
      },
      left: () => {
        this._focusCell();
      }
    });
    this._attachToCell();
  }

  private _answer(question: IQuestion, text: string): void {
    const cell = this._cell();
    // Otherwise the cell shows what the store has, which does not include answers.
    if (cell !== undefined && this._inputBoxes.hasBox(cell)) {
      const output = { output_type: 'stream', name: 'stdin', text: echoAnswer(question, text) };
      cell.model.outputs.add(output);
    }
    this._kernel.answer(question, text);
  }

  private _removeQuestion(): void {
    const view = this._view;
    this._observer.disconnect();
    this._observedCell = null;
    this._view = null;
    this._question = null;
    if (view === null) {
      return;
    }
    const hadFocus = view.hasFocus;
    view.dispose();
    this._lastFocus = null;
    if (hadFocus) {
      this._focusCell();
      this._lastFocus = document.activeElement;
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
    if (view === null || cell.isDisposed || this._cell() !== cell) {
      return;
    }
    const index = this._parentIn(cell);
    if (view.element.parentNode !== index) {
      const hadFocus = view.hasFocus;
      index.append(view.element);
      if (hadFocus) {
        view.focus();
      }
    }
    if (this._observedCell !== cell.node) {
      this._observedCell = cell.node;
      this._observer.disconnect();
      this._observer.observe(cell.node, { childList: true, subtree: true });
    }
    this._keepFocus();
  }

  /** Return the header of the block; the footer of the cell if there is no header. */
  private _parentIn(cell: CodeCell): HTMLElement {
    const isBegun = this._question?.block !== null && !cell.outputHidden;
    const header = isBegun
      ? [...cell.outputArea.node.querySelectorAll<HTMLElement>(HEADER)].at(-1)
      : undefined;
    return header ?? cellElement(cell, 'Footer');
  }

  /**
   * Focus the field if the previous question was answered here and the focus has not moved since.
   */
  private _keepFocus(): void {
    const cell = this._cell();
    const isHere =
      document.activeElement === this._lastFocus ||
      (cell !== undefined && this._inputBoxes.hasFocus(cell));
    if (this._lastFocus !== null && isHere) {
      this._view?.focus();
    }
  }

  private _focusCell(): void {
    focusActiveCell(this._panel);
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
  private readonly _inputBoxes: InputBoxes;
  private readonly _observer: MutationObserver;
  private _observedCell: Node | null = null;
  private _question: IQuestion | null = null;
  private _view: AnswerView | null = null;
  /** The element that had the focus after the previous question was answered here. */
  private _lastFocus: Element | null = null;
}
