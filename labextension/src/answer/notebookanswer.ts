/** Answer: the field for the answer to what a block asks, in one view of its notebook. */
import { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { echo, type IQuestion } from './model';
import type { ITranslate } from '../core/translation';
import { AnswerView } from './view';
import { Disposable } from '../core/disposable';
import type { KernelBlocks } from '../core/kernel/kernelblocks';
import { goToCell } from '../core/notebook/blocklist';
import { LabInput } from './inputboxes';
import { focusCell, partOf } from '../core/notebook/cells';

const HEADER = '.et-Block';

/** Shows the question that is open, and takes its answer. */
export class NotebookAnswer extends Disposable {
  /** Show in *panel* what *kernel* tells. */
  constructor(panel: NotebookPanel, kernel: KernelBlocks, trans: ITranslate) {
    super();
    this._panel = panel;
    this._kernel = kernel;
    this._trans = trans;
    this._labInput = new LabInput(
      panel.sessionContext,
      () => {
        this._settle();
        this._keepFocus();
      },
      () => {
        this._leave();
      }
    );
    // Whatever draws the cell anew, the field stays where it belongs.
    this._observer = new MutationObserver(() => {
      this._place();
    });
    kernel.changed.connect(this._settle, this);
    panel.content.modelContentChanged.connect(this._place, this);
    this._settle();
  }

  /** Whether a cell asks something. */
  get isAsked(): boolean {
    return this._cell() !== undefined;
  }

  /** Scroll to the question, and have the keyboard there. */
  async goTo(): Promise<void> {
    const cell = this._cell();
    if (cell !== undefined) {
      await goToCell(this._panel, cell.model.id);
      await this._attach(cell);
      this._view?.focus();
    }
  }

  protected override release(): void {
    this._end();
    this._labInput.dispose();
    this._panel.content.modelContentChanged.disconnect(this._place, this);
  }

  /** Show the question that is open now, and no other. */
  private _settle(): void {
    const { question, session } = this._kernel;
    if (session === '') {
      this._labInput.forget();
    }
    this._labInput.told(question);
    this._labInput.clear(this._cells());
    if (question?.number !== this._question?.number) {
      this._end();
      this._begin(question);
    }
  }

  private _begin(question: IQuestion | null): void {
    this._question = question;
    if (question === null) {
      return;
    }
    const words = {
      prompt: this._trans.__('Input:'),
      answer: this._trans.__('Answer')
    };
    this._view = new AnswerView(question, words, {
      answered: text => {
        this._answer(question, text);
      },
      left: () => {
        this._leave();
      }
    });
    this._place();
  }

  private _answer(question: IQuestion, text: string): void {
    const cell = this._cell();
    // Else the cell shows what the store has, which has no answers.
    if (cell !== undefined && this._labInput.isIn(cell)) {
      const output = { output_type: 'stream', name: 'stdin', text: echo(question, text) };
      cell.model.outputs.add(output);
    }
    this._kernel.answer(question, text);
  }

  private _end(): void {
    const view = this._view;
    this._observer.disconnect();
    this._observed = null;
    this._view = null;
    this._question = null;
    if (view === null) {
      return;
    }
    const hadFocus = view.hasFocus;
    view.dispose();
    this._left = null;
    if (hadFocus) {
      this._leave();
      this._left = document.activeElement;
    }
  }

  /** Put the field where its cell is now. */
  private _place(): void {
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
    const place = this._placeIn(cell);
    if (view.element.parentNode !== place) {
      const hadFocus = view.hasFocus;
      place.append(view.element);
      if (hadFocus) {
        view.focus();
      }
    }
    if (this._observed !== cell.node) {
      this._observed = cell.node;
      this._observer.disconnect();
      this._observer.observe(cell.node, { childList: true, subtree: true });
    }
    this._keepFocus();
  }

  /** Right below the header of the block; a plain element of the footer where there is none. */
  private _placeIn(cell: CodeCell): HTMLElement {
    const isBegun = this._question?.block !== null && !cell.outputHidden;
    const header = isBegun
      ? [...cell.outputArea.node.querySelectorAll<HTMLElement>(HEADER)].at(-1)
      : undefined;
    return header ?? partOf(cell, 'Footer');
  }

  /** Have the keyboard where the question before was answered, if it has not gone elsewhere since. */
  private _keepFocus(): void {
    const cell = this._cell();
    const isHere =
      document.activeElement === this._left ||
      (cell !== undefined && this._labInput.hasFocus(cell));
    if (this._left !== null && isHere) {
      this._view?.focus();
    }
  }

  private _leave(): void {
    focusCell(this._panel);
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
  private readonly _kernel: KernelBlocks;
  private readonly _trans: ITranslate;
  private readonly _labInput: LabInput;
  private readonly _observer: MutationObserver;
  private _observed: Node | null = null;
  private _question: IQuestion | null = null;
  private _view: AnswerView | null = null;
  /** Where the keyboard went when the question before was answered here. */
  private _left: Element | null = null;
}
