/** Answer: a field for the answer to what a block asks, as an element of the page. */
import { createElement } from '../core/components/elements';
import type { IQuestion } from '../core/kernel/question';

/** The words of a field. */
export interface IAnswerLabels {
  /** What stands before the field where the program has not said what it wants. */
  readonly prompt: string;
  readonly answer: string;
}

/** Who listens to a field. */
export interface IAnswerListener {
  /** The user has answered. */
  answered(text: string): void;
  /** The keyboard wants to be elsewhere. */
  left(): void;
}

let count = 0;

/** The field of one question. */
export class AnswerView {
  constructor(question: IQuestion, words: IAnswerLabels, listener: IAnswerListener) {
    this._listener = listener;
    this.element = createElement('form', 'et-Answer');
    // Keys are for the field, and none a shortcut of the page.
    this.element.dataset['lmSuppressShortcuts'] = 'true';
    count += 1;
    this._field.id = `et-answer-${count}`;
    this._field.type = question.isPassword ? 'password' : 'text';
    // What is typed is kept nowhere, by the browser neither.
    this._field.autocomplete = question.isPassword ? 'new-password' : 'off';
    this._field.spellcheck = false;
    this._field.autocapitalize = 'off';
    const label = createElement(
      'label',
      'et-Answer-prompt',
      question.prompt.trim() || words.prompt
    );
    label.htmlFor = this._field.id;
    this._button = createElement('button', 'et-Answer-button', words.answer);
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

  /** Whether the keyboard is in it. */
  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  /** Have the keyboard. */
  focus(): void {
    this._field.focus();
  }

  /** Take it out of the page, and what was typed with it. */
  dispose(): void {
    this._field.value = '';
    this.element.remove();
  }

  private _onKey(event: KeyboardEvent): void {
    // The notebook would take them for its own.
    event.stopPropagation();
    // With an input method, Return may end a word.
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
