/** The answer field of a question. */
import { createElement } from '../core/components/elements';
import type { IQuestion } from '../core/kernel/question';
import { asksConsent, promptLabel, type AnswerHistory } from './model';

const INLINE_CLASS = 'et-mod-inline';
const CONSENT_CLASS = 'et-mod-consent';
const ENDED_CLASS = 'et-mod-ended';
const END_OF_FILE = '\u0004';

/** The texts of the field. */
export interface IAnswerLabels {
  /** Shown before the field if the program printed no prompt. */
  readonly prompt: string;
  readonly answer: string;
  readonly run: string;
  readonly cancel: string;
}

/** Callbacks of the field. */
export interface IAnswerListener {
  /** The user has submitted an answer. */
  answered(text: string): void;
  /** The user wants to leave the field. */
  left(): void;
}

let count = 0;

/** A form with the prompt, and a text field with a button; two buttons to give consent. */
export class AnswerView {
  constructor(
    question: IQuestion,
    labels: IAnswerLabels,
    history: AnswerHistory,
    listener: IAnswerListener
  ) {
    this._listener = listener;
    this._history = question.isPassword ? null : history;
    history.reset();
    this.element = createElement('form', 'et-Answer');
    // Keys are input for the field, not shortcuts of JupyterLab.
    this.element.dataset['lmSuppressShortcuts'] = 'true';
    count += 1;
    const label = createElement(
      'label',
      'et-Answer-prompt',
      promptLabel(question) || labels.prompt
    );
    label.id = `et-answer-prompt-${count}`;
    this.element.append(label);
    if (asksConsent(question)) {
      this._field = null;
      this.element.classList.add(CONSENT_CLASS);
      this.element.setAttribute('aria-labelledby', label.id);
      this._buttons = [this._addButton(labels.run, 'y'), this._addButton(labels.cancel, 'n')];
    } else {
      this._field = createElement('input', 'et-Answer-field');
      this._field.id = `et-answer-${count}`;
      this._field.type = question.isPassword ? 'password' : 'text';
      // Neither this page nor the browser may store what is typed.
      this._field.autocomplete = question.isPassword ? 'new-password' : 'off';
      this._field.spellcheck = false;
      this._field.autocapitalize = 'off';
      label.htmlFor = this._field.id;
      // Behind its prompt, the field has no label in the page.
      this._field.setAttribute('aria-label', label.textContent);
      this.element.append(this._field);
      this._buttons = [this._addButton(labels.answer, null)];
    }
    this.element.addEventListener('submit', event => {
      event.preventDefault();
      this._submit(this._field?.value ?? '');
    });
    this.element.addEventListener('keydown', event => {
      this._onKey(event);
    });
    this.element.addEventListener('focusin', () => {
      this._isFocused = true;
    });
    this.element.addEventListener('focusout', () => {
      // The element loses the focus, too, when the cell is redrawn: then it gets it back.
      queueMicrotask(() => {
        this._isFocused &&= !this.element.isConnected || this._containsFocus;
      });
    });
  }

  readonly element: HTMLFormElement;

  /** Whether the focus is in the field, or was when it was taken out of the page. */
  get hasFocus(): boolean {
    return this._containsFocus || (this._isFocused && !this.element.isConnected);
  }

  /** What was typed and not submitted. */
  get typed(): string {
    return this._field?.value ?? '';
  }

  set typed(text: string) {
    if (this._field !== null) {
      this._field.value = text;
    }
  }

  /** Focus the field; for consent, the button that does not run the block. */
  focus(): void {
    (this._field ?? this._buttons.at(-1))?.focus();
  }

  /** Append the field to *parent*, keeping the focus; *isInline*: the prompt stands there already. */
  attach(parent: HTMLElement, isInline: boolean): void {
    this.element.classList.toggle(INLINE_CLASS, isInline);
    if (parent.lastElementChild !== this.element) {
      const hadFocus = this.hasFocus;
      parent.append(this.element);
      if (hadFocus) {
        this.focus();
      }
    }
  }

  /** Show the field no more, but let it keep the focus, and what was typed after the answer. */
  end(): void {
    this._isEnded = true;
    if (!this._isAnswered) {
      this.typed = '';
    }
    this.element.classList.add(ENDED_CLASS);
    this.element.setAttribute('aria-hidden', 'true');
  }

  /** Remove the field, and what was typed in it. */
  dispose(): void {
    this.typed = '';
    this.element.remove();
  }

  private get _containsFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  private _addButton(label: string, answer: string | null): HTMLButtonElement {
    const button = createElement('button', 'et-Answer-button', label);
    button.type = answer === null ? 'submit' : 'button';
    if (answer !== null) {
      button.addEventListener('click', () => {
        this._submit(answer);
      });
    }
    this.element.append(button);
    return button;
  }

  private _onKey(event: KeyboardEvent): void {
    // Otherwise the notebook would handle these keys.
    event.stopPropagation();
    // In an input method, Enter may only confirm a word.
    if (event.isComposing) {
      return;
    }
    if (this._handleKey(event)) {
      event.preventDefault();
    }
  }

  /** Act on a key; return false to leave it to the browser. */
  private _handleKey(event: KeyboardEvent): boolean {
    const field = event.target === this._field ? this._field : null;
    const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
    switch (event.key) {
      case 'Escape':
        this._listener.left();
        return true;
      case 'Enter':
        if (field !== null) {
          this._submit(field.value);
        }
        return field !== null || this._isEnded;
      case 'ArrowUp':
      case 'ArrowDown':
        if (field === null || this._history === null || this._isEnded) {
          return false;
        }
        field.value = this._history[event.key === 'ArrowUp' ? 'previous' : 'next'](field.value);
        return true;
      case 'd':
        if (field?.value === '' && event.ctrlKey && !event.metaKey && !event.altKey) {
          this._submit(END_OF_FILE);
          return true;
        }
        return false;
      case 'y':
      case 'n':
        if (this._field === null && !hasModifier) {
          this._submit(event.key);
          return true;
        }
        return false;
      default:
        return this._isEnded && event.key === 'Tab';
    }
  }

  private _submit(text: string): void {
    if (this._isAnswered || this._isEnded) {
      return;
    }
    this._isAnswered = true;
    if (this._field !== null) {
      this._field.value = '';
      if (text !== END_OF_FILE) {
        this._history?.add(text);
      }
    }
    for (const button of this._buttons) {
      button.setAttribute('aria-disabled', 'true'); // a disabled one would lose the focus
    }
    this._listener.answered(text);
  }

  private readonly _listener: IAnswerListener;
  private readonly _history: AnswerHistory | null;
  private readonly _field: HTMLInputElement | null;
  private readonly _buttons: readonly HTMLButtonElement[];
  private _isAnswered = false;
  private _isEnded = false;
  private _isFocused = false;
}
