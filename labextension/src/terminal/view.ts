/** A terminal for the programs of a block. */
import type { FitAddon } from '@xterm/addon-fit';
import type { Unicode11Addon } from '@xterm/addon-unicode11';
import type { Terminal } from '@xterm/xterm';

import { clipboardText, keyTarget } from './model';
import { terminalFont, terminalTheme } from './theme';

const FALLBACK_COLUMNS = 80;
const MIN_COLUMNS = 20;
// Lines that have scrolled out of view; the cell's output will have all of them.
const SCROLLBACK_LINES = 2000;
// WCAG 2.2, 1.4.3: programs choose their colours without knowing the background.
const CONTRAST = 4.5;
// The Unicode version whose character widths most programs use.
const UNICODE_VERSION = '11';
// OSC 52: set the clipboard, see "Manipulate Selection Data" in xterm's control sequences.
const CLIPBOARD_COMMAND = 52;
// RIS: reset to the initial state.
const RESET = '\x1bc';

/** xterm.js, which is loaded when the first terminal is shown. */
export interface IXterm {
  readonly Terminal: typeof Terminal;
  readonly FitAddon: typeof FitAddon;
  readonly Unicode11Addon: typeof Unicode11Addon;
}

/** The texts of a terminal. */
export interface ITerminalLabels {
  /** Its accessible name. */
  readonly label: string;
  /** How to leave the terminal. */
  readonly hint: string;
  /** The label of the button that leaves it. */
  readonly leave: string;
}

/** The user's settings. */
export interface ITerminalSettings {
  readonly rows: number;
  readonly screenReader: boolean;
}

/** Callbacks of a terminal. */
export interface ITerminalListener {
  /** Keys were pressed, text was pasted, or the terminal has answered a query. */
  typed(text: string): void;
  /** The terminal has a new size. */
  resized(rows: number, columns: number): void;
  /** A program has copied text on a key or a click of the user. */
  copied(text: string): void;
  /** The user wants to leave the terminal. */
  left(): void;
}

/** A terminal in an element, which the caller adds to the page. */
export class TerminalView {
  /** Create the *element*; nothing is shown until it is in the page. */
  constructor(
    xterm: IXterm,
    labels: ITerminalLabels,
    settings: ITerminalSettings,
    listener: ITerminalListener
  ) {
    this._listener = listener;
    this._rows = settings.rows;
    this._screen.className = 'et-Terminal-screen';
    this.element = this._createFrame(labels);
    this._fit = new xterm.FitAddon();
    this._terminal = new xterm.Terminal({
      rows: settings.rows,
      cols: FALLBACK_COLUMNS,
      scrollback: SCROLLBACK_LINES,
      minimumContrastRatio: CONTRAST,
      screenReaderMode: settings.screenReader,
      cursorBlink: false,
      allowProposedApi: true // for the widths of characters
    });
    this._terminal.loadAddon(this._fit);
    this._terminal.loadAddon(new xterm.Unicode11Addon());
    this._terminal.unicode.activeVersion = UNICODE_VERSION;
    this._terminal.parser.registerOscHandler(CLIPBOARD_COMMAND, data => {
      this._setClipboard(data);
      return true;
    });
    this._terminal.attachCustomKeyEventHandler(event => this._onKey(event));
    this._terminal.onData(text => {
      if (this._replays === 0) {
        listener.typed(text);
      }
    });
    // Called once in the beginning, and when a hidden notebook is shown again.
    this._observer = new ResizeObserver(() => {
      this._fitToCell();
      if (this.hasFocus) {
        this._scrollIntoView();
      }
    });
  }

  readonly element: HTMLElement;

  /** Whether the focus is in the terminal. */
  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  /** Called after the element was added to *cell*, or moved there. */
  attached(cell: HTMLElement): void {
    if (this._terminal.element === undefined) {
      this._terminal.open(this._screen);
    }
    this._observer.disconnect();
    this._observer.observe(this._screen);
    // The header above the terminal may come later.
    this._observer.observe(cell);
    this.updateTheme();
  }

  /** Apply the colours and the font of the current theme. */
  updateTheme(): void {
    const { family, size } = terminalFont(this._screen);
    this._terminal.options.fontFamily = family;
    this._terminal.options.fontSize = size;
    this._terminal.options.theme = terminalTheme(this._screen);
    this._fitToCell();
  }

  /** Show output; *isReplay*: it is a repetition, whose queries must not be answered again. */
  write(bytes: Uint8Array, isReplay: boolean): void {
    if (!isReplay) {
      this._terminal.write(bytes);
      return;
    }
    this._replays += 1;
    // Written after pending output, which a direct call would overtake.
    this._terminal.write(RESET);
    this._terminal.write(bytes, () => {
      this._replays -= 1;
    });
  }

  /** Focus the terminal, and scroll all of it into view. */
  focus(): void {
    this._terminal.focus();
    this._scrollIntoView();
  }

  /** Send the size, even if it has not changed: another page may have sent its own. */
  sendSize(): void {
    if (this._columns > 0) {
      this._listener.resized(this._rows, this._columns);
    }
  }

  /** Remove the terminal. */
  dispose(): void {
    this._observer.disconnect();
    this._terminal.dispose();
    this.element.remove();
  }

  private _createFrame(labels: ITerminalLabels): HTMLElement {
    const frame = document.createElement('div');
    frame.className = 'et-Terminal';
    frame.setAttribute('role', 'group');
    frame.setAttribute('aria-label', `${labels.label}. ${labels.hint}`);
    frame.addEventListener('focusin', () => {
      this.sendSize();
    });
    // Keys are input for the program, not shortcuts of JupyterLab.
    this._screen.dataset['lmSuppressShortcuts'] = 'true';
    const bar = document.createElement('div');
    bar.className = 'et-Terminal-bar';
    const hint = document.createElement('span');
    hint.textContent = labels.hint;
    const leave = document.createElement('button');
    leave.type = 'button';
    leave.className = 'et-Terminal-leave';
    leave.textContent = labels.leave;
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

  private _scrollIntoView(): void {
    this.element.scrollIntoView({ block: 'nearest' });
  }

  /** Set the clipboard for a program, if the user has just pressed a key or a mouse button here. */
  private _setClipboard(data: string): void {
    const text = clipboardText(data);
    if (
      text !== null &&
      this._replays === 0 &&
      this.hasFocus &&
      navigator.userActivation.isActive
    ) {
      this._listener.copied(text);
    }
  }

  /** Make the terminal as wide as its cell. */
  private _fitToCell(): void {
    if (this._screen.clientWidth === 0 || this._terminal.element === undefined) {
      return; // It is not visible.
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
