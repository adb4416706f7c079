/** The answer field of a question. */
import { createElement } from '../core/components/elements';
import type { IQuestion } from '../core/kernel/question';

/** The texts of the field. */
export interface IAnswerLabels {
  /** Shown before the field if the program printed no prompt. */
  readonly prompt: string;
  readonly answer: string;
}

/** Callbacks of the field. */
export interface IAnswerListener {
  /** The user has submitted an answer. */
  answered(text: string): void;
  /** The user wants to leave the field. */
  left(): void;
}

let count = 0;

/** A form with the prompt, a text field and a button. */
export class AnswerView {
  constructor(question: IQuestion, labels: IAnswerLabels, listener: IAnswerListener) {
    this._listener = listener;
    this.element = createElement('form', 'et-Answer');
    // Keys are input for the field, not shortcuts of JupyterLab.
    this.element.dataset['lmSuppressShortcuts'] = 'true';
    count += 1;
    this._field.id = `et-answer-${count}`;
    this._field.type = question.isPassword ? 'password' : 'text';
    // Neither this page nor the browser may store what is typed.
    this._field.autocomplete = question.isPassword ? 'new-password' : 'off';
    this._field.spellcheck = false;
    this._field.autocapitalize = 'off';
    const label = createElement(
      'label',
      'et-Answer-prompt',
      question.prompt.trim() || labels.prompt
    );
    label.htmlFor = this._field.id;
    this._button = createElement('button', 'et-Answer-button', labels.answer);
    this._button.type = 'submit';
    this.element.append(label, this._field, this._button);
    this.element.addEventListener('submit', event => {
      event.preventDefault();
      this._submit();
    });
    this.element.addEventListener('keydown', event => {
      this._onKey(event);
    });
  }

  readonly element: HTMLFormElement;

  /** Whether the focus is in the field. */
  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  /** Focus the field. */
  focus(): void {
    this._field.focus();
  }

  /** Remove the field, and what was typed in it. */
  dispose(): void {
    this._field.value = '';
    this.element.remove();
  }

  private _onKey(event: KeyboardEvent): void {
    // Otherwise the notebook would handle these keys.
    event.stopPropagation();
    // In an input method, Enter may only confirm a word.
    const isReturn = event.key === 'Enter' && event.target === this._field && !event.isComposing;
    if (isReturn || event.key === 'Escape') {
      event.preventDefault();
    }
    if (isReturn) {
      this._submit();
    } else if (event.key === 'Escape') {
      this._listener.left();
    }
  }

  private _submit(): void {
    if (this._isAnswered) {
      return;
    }
    this._isAnswered = true;
    const text = this._field.value;
    this._field.value = '';
    this._field.readOnly = true;
    this._button.disabled = true;
    this._listener.answered(text);
  }

  private readonly _listener: IAnswerListener;
  private readonly _field = createElement('input', 'et-Answer-field');
  private readonly _button: HTMLButtonElement;
  private _isAnswered = false;
}
