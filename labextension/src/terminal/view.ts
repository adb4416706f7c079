/** Terminal: a screen and a keyboard for the programs of a block, as an element of the page. */
import type { FitAddon } from '@xterm/addon-fit';
import type { Terminal } from '@xterm/xterm';

import { keyTarget } from './model';
import { terminalFont, terminalTheme } from './theme';

const FALLBACK_COLUMNS = 80;
const MIN_COLUMNS = 20;
// Of what has scrolled off; the cell's output has all of it in the end.
const SCROLLBACK_LINES = 2000;
// WCAG 2.2, 1.4.3: programs choose their colours for a background that they don't know.
const CONTRAST = 4.5;
// RIS: all as at the beginning.
const RESET = '\x1bc';

/** xterm.js, which is loaded when the first terminal is shown. */
export interface IXterm {
  readonly Terminal: typeof Terminal;
  readonly FitAddon: typeof FitAddon;
}

/** The words around a terminal. */
export interface ITerminalLabels {
  /** Its name for assistive technology. */
  readonly label: string;
  /** How the keyboard gets out of it. */
  readonly hint: string;
  /** What is on the button that does so. */
  readonly leave: string;
}

/** What the user sets. */
export interface ITerminalSettings {
  readonly rows: number;
  readonly screenReader: boolean;
}

/** Who listens to a terminal. */
export interface ITerminalListener {
  /** Keys were pressed or text was pasted; or the terminal answers a program's question. */
  typed(text: string): void;
  /** It has another size. */
  resized(rows: number, columns: number): void;
  /** The keyboard wants to be elsewhere. */
  left(): void;
}

/** One terminal. */
export class TerminalView {
  /** Show nothing yet, in an *element* that goes wherever it is to be seen. */
  constructor(
    xterm: IXterm,
    words: ITerminalLabels,
    settings: ITerminalSettings,
    listener: ITerminalListener
  ) {
    this._listener = listener;
    this._rows = settings.rows;
    this._screen.className = 'et-Terminal-screen';
    this.element = this._createFrame(words);
    this._fit = new xterm.FitAddon();
    this._terminal = new xterm.Terminal({
      rows: settings.rows,
      cols: FALLBACK_COLUMNS,
      scrollback: SCROLLBACK_LINES,
      minimumContrastRatio: CONTRAST,
      screenReaderMode: settings.screenReader,
      cursorBlink: false
    });
    this._terminal.loadAddon(this._fit);
    this._terminal.attachCustomKeyEventHandler(event => this._onKey(event));
    this._terminal.onData(text => {
      if (this._replays === 0) {
        listener.typed(text);
      }
    });
    // Called once at its beginning, and when a hidden notebook is shown again.
    this._observer = new ResizeObserver(() => {
      this._fitToCell();
    });
  }

  readonly element: HTMLElement;

  /** Whether the keyboard is in it. */
  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  /** Be where the element is now, which is in the page. */
  attached(): void {
    if (this._terminal.element === undefined) {
      this._terminal.open(this._screen);
      this._observer.observe(this._screen);
    }
    this.updateTheme();
  }

  /** Have the colours and the font of the page, which may be others now. */
  updateTheme(): void {
    const { family, size } = terminalFont(this._screen);
    this._terminal.options.fontFamily = family;
    this._terminal.options.fontSize = size;
    this._terminal.options.theme = terminalTheme(this._screen);
    this._fitToCell();
  }

  /** Show what programs have written; what was shown *again* is not answered again. */
  write(bytes: Uint8Array, isReplay: boolean): void {
    if (!isReplay) {
      this._terminal.write(bytes);
      return;
    }
    this._replays += 1;
    // Behind what is on its way to the screen, which a call would overtake.
    this._terminal.write(RESET);
    this._terminal.write(bytes, () => {
      this._replays -= 1;
    });
  }

  /** Have the keyboard. */
  focus(): void {
    this._terminal.focus();
  }

  /** Tell the size, though it may be as before: another page may have told its own. */
  sendSize(): void {
    if (this._columns > 0) {
      this._listener.resized(this._rows, this._columns);
    }
  }

  /** Take it out of the page, for good. */
  dispose(): void {
    this._observer.disconnect();
    this._terminal.dispose();
    this.element.remove();
  }

  private _createFrame(words: ITerminalLabels): HTMLElement {
    const frame = document.createElement('div');
    frame.className = 'et-Terminal';
    frame.setAttribute('role', 'group');
    frame.setAttribute('aria-label', `${words.label}. ${words.hint}`);
    frame.addEventListener('focusin', () => {
      this.sendSize();
    });
    // All keys are the program's, and none a shortcut of the page.
    this._screen.dataset['lmSuppressShortcuts'] = 'true';
    const bar = document.createElement('div');
    bar.className = 'et-Terminal-bar';
    const hint = document.createElement('span');
    hint.textContent = words.hint;
    const leave = document.createElement('button');
    leave.type = 'button';
    leave.className = 'et-Terminal-leave';
    leave.textContent = words.leave;
    leave.addEventListener('click', () => {
      this._listener.left();
    });
    bar.append(hint, leave);
    frame.append(this._screen, bar);
    return frame;
  }

  private _onKey(event: KeyboardEvent): boolean {
    const target = keyTarget(event, this._terminal.hasSelection());
    if (target === 'leave') {
      event.preventDefault();
      if (event.type === 'keydown') {
        this._listener.left();
      }
    }
    return target === 'program';
  }

  /** Be as wide as the cell. */
  private _fitToCell(): void {
    if (this._screen.clientWidth === 0 || this._terminal.element === undefined) {
      return; // It is out of view.
    }
    const columns = Math.max(MIN_COLUMNS, this._fit.proposeDimensions()?.cols ?? 0);
    if (Number.isFinite(columns) && columns !== this._columns) {
      this._columns = columns;
      this._terminal.resize(columns, this._rows);
      this.sendSize();
    }
  }

  private readonly _terminal: Terminal;
  private readonly _fit: FitAddon;
  private readonly _listener: ITerminalListener;
  private readonly _observer: ResizeObserver;
  private readonly _screen = document.createElement('div');
  private readonly _rows: number;
  private _columns = 0;
  private _replays = 0;
}
