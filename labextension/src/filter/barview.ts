/** The filter bar: what to search for in a block's output, and how many lines match. */
import type { IQuery } from './matches';
import { STREAMS, type StreamName } from '../core/outputtext';
import type { ITranslationBundle } from '../core/translation';
import { createElement, iconButton } from '../core/components/elements';

const MAX_CONTEXT = 9;

/** What to search for, and in which streams. */
export interface IFilterSettings {
  readonly query: IQuery;
  readonly streams: readonly StreamName[];
}

/** Callbacks of the bar. */
export interface IBarListener {
  /** The user wants to search for something else. */
  changed(): void;
  /** The user wants to see the next or the previous match. */
  stepped(step: 1 | -1): void;
  closed(): void;
}

let count = 0;

/** The fields and buttons of the bar. */
export class FilterBar {
  constructor(settings: IFilterSettings, trans: ITranslationBundle, listener: IBarListener) {
    this._trans = trans;
    this._listener = listener;
    const { query, streams } = settings;
    count += 1;
    this._error.id = `et-filter-error-${count}`;
    this.node.setAttribute('role', 'search');
    this.node.setAttribute('aria-label', trans.__('Filter the output'));
    this._field = this._createField(query.text);
    this._expression = this._createToggle('.*', trans.__('Regular expression'), query.isRegExp);
    this._case = this._createToggle('Aa', trans.__('Match case'), query.isCaseMatched);
    this._inverted = this._createToggle('≠', trans.__('Lines without a match'), query.isInverted);
    this._only = this._createOnlyBox(query.isOnlyMatching);
    this._context = this._createContextField(query.context);
    this._streams = this._createStreamSelect(streams);
    this._count.setAttribute('role', 'status');
    this.node.append(this._createSearchRow(), this._createOptionsRow(), this._error, this._note);
    this._update();
  }

  readonly node = createElement('div', 'et-FilterBar');

  /** What to search for. */
  get settings(): IFilterSettings {
    const stream = STREAMS.filter(name => name === this._streams.value);
    return {
      query: {
        text: this._field.value,
        isRegExp: isPressed(this._expression),
        isCaseMatched: isPressed(this._case),
        isInverted: isPressed(this._inverted),
        context: Math.max(0, Math.min(MAX_CONTEXT, Math.trunc(this._context.valueAsNumber || 0))),
        isOnlyMatching: this._only.checked
      },
      streams: stream.length > 0 ? stream : STREAMS
    };
  }

  /** Set whether lines without a match are hidden. */
  setOnlyMatching(isOnly: boolean): void {
    if (this._only.checked !== isOnly) {
      this._only.checked = isOnly;
      this._onChange();
    }
  }

  /** Focus the text field and select its text. */
  focus(): void {
    this._field.focus({ preventScroll: true });
    this._field.select();
  }

  /** Show the number of lines; *isBusy* while a search is running. */
  showStatus(text: string, isBusy = false): void {
    this._count.textContent = text;
    this._count.classList.toggle('et-mod-busy', isBusy);
  }

  /** Show an error; '' for none. *isInvalid*: the query is invalid. */
  showError(problem: string, isInvalid = false): void {
    this._error.textContent = problem;
    this._error.hidden = problem === '';
    this._field.setAttribute('aria-invalid', String(isInvalid));
  }

  /** Show a note about the text; '' for none. */
  showNote(text: string): void {
    this._note.textContent = text;
    this._note.hidden = text === '';
  }

  private _createSearchRow(): HTMLElement {
    const trans = this._trans;
    const row = createElement('div', 'et-FilterBar-row');
    const button = (text: string, label: string, onClick: () => void): HTMLButtonElement =>
      iconButton('et-FilterBar-button', label, document.createTextNode(text), onClick);
    row.append(
      this._field,
      this._expression,
      this._case,
      this._inverted,
      button('↑', trans.__('Previous match (Shift+Enter)'), () => {
        this._listener.stepped(-1);
      }),
      button('↓', trans.__('Next match (Enter)'), () => {
        this._listener.stepped(1);
      }),
      button('×', trans.__('Close (Escape)'), () => {
        this._listener.closed();
      })
    );
    return row;
  }

  private _createOptionsRow(): HTMLElement {
    const trans = this._trans;
    const row = createElement('div', 'et-FilterBar-row');
    row.append(
      createLabel([this._only, trans.__('Only matching lines')]),
      createLabel([trans.__('Context lines'), this._context]),
      this._streams,
      this._count
    );
    return row;
  }

  private _createField(text: string): HTMLInputElement {
    const field = createElement('input', 'et-FilterBar-field');
    field.type = 'text';
    field.value = text;
    field.spellcheck = false;
    field.autocapitalize = 'off';
    field.autocomplete = 'off';
    field.placeholder = this._trans.__('Search lines');
    field.setAttribute('aria-label', this._trans.__('Search lines'));
    field.setAttribute('aria-describedby', this._error.id);
    field.addEventListener('input', () => {
      this._onChange();
    });
    field.addEventListener('keydown', event => {
      // In an input method, Enter may only confirm a word.
      if (event.key === 'Enter' && !event.isComposing) {
        event.preventDefault();
        this._listener.stepped(event.shiftKey ? -1 : 1);
      }
    });
    return field;
  }

  private _createToggle(text: string, label: string, isOn: boolean): HTMLButtonElement {
    const picture = document.createTextNode(text);
    const button = iconButton('et-FilterBar-button', label, picture, () => {
      button.setAttribute('aria-pressed', String(!isPressed(button)));
      this._onChange();
    });
    button.setAttribute('aria-pressed', String(isOn));
    return button;
  }

  private _createOnlyBox(isOn: boolean): HTMLInputElement {
    const box = createElement('input', 'et-FilterBar-box');
    box.type = 'checkbox';
    box.checked = isOn;
    box.addEventListener('change', () => {
      this._onChange();
    });
    return box;
  }

  private _createContextField(lines: number): HTMLInputElement {
    const field = createElement('input', 'et-FilterBar-number');
    field.type = 'number';
    field.min = '0';
    field.max = String(MAX_CONTEXT);
    field.value = String(lines);
    field.addEventListener('input', () => {
      this._onChange();
    });
    return field;
  }

  private _createStreamSelect(streams: readonly StreamName[]): HTMLSelectElement {
    const select = createElement('select', 'et-FilterBar-select');
    select.setAttribute('aria-label', this._trans.__('Streams'));
    const add = (value: string, text: string): void => {
      const option = createElement('option', '', text);
      option.value = value;
      select.append(option);
    };
    add('', this._trans.__('Both streams'));
    add('stdout', this._trans.__('Standard output'));
    add('stderr', this._trans.__('Standard error'));
    select.value = streams.length === 1 ? (streams[0] ?? '') : '';
    select.addEventListener('change', () => {
      this._onChange();
    });
    return select;
  }

  private _onChange(): void {
    this._update();
    this._listener.changed();
  }

  private _update(): void {
    this._context.disabled = !this._only.checked;
  }

  private readonly _trans: ITranslationBundle;
  private readonly _listener: IBarListener;
  private readonly _field: HTMLInputElement;
  private readonly _expression: HTMLButtonElement;
  private readonly _case: HTMLButtonElement;
  private readonly _inverted: HTMLButtonElement;
  private readonly _only: HTMLInputElement;
  private readonly _context: HTMLInputElement;
  private readonly _streams: HTMLSelectElement;
  private readonly _count = createElement('span', 'et-FilterBar-count');
  private readonly _error = createElement('p', 'et-FilterBar-error', '');
  private readonly _note = createElement('p', 'et-FilterBar-note', '');
}

function isPressed(button: HTMLElement): boolean {
  return button.getAttribute('aria-pressed') === 'true';
}

function createLabel(parts: readonly (HTMLElement | string)[]): HTMLElement {
  const label = createElement('label', 'et-FilterBar-label');
  label.append(...parts);
  return label;
}
