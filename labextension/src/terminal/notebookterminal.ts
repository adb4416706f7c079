/** The terminal of one notebook. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { JSONObject } from '@lumino/coreutils';

import { readTerminalMessage, type TerminalMessage } from './model';
import type { ITranslationBundle } from '../core/translation';
import { TerminalView, type ITerminalSettings, type IXterm } from './view';
import type { UserActivity } from './useractivity';
import { copyText } from '../core/clipboard';
import { Disposable } from '../core/disposable';
import { SharedComm } from '../core/kernel/sharedcomm';
import { focusActiveCell, cellElement } from '../core/notebook/cells';

export const TARGET = 'effecttalk.terminal';
const CELL_CLASS = 'et-mod-onTerminal';

/** What a terminal needs. */
export interface ITerminalOptions {
  /** Load xterm.js, or return it if it was loaded before. */
  readonly load: () => Promise<IXterm>;
  readonly settings: () => ITerminalSettings;
  readonly userActivity: UserActivity;
  readonly trans: ITranslationBundle;
}

/** Output that arrived before the terminal was shown. */
interface IPendingOutput {
  readonly bytes: Uint8Array;
  readonly isReplay: boolean;
}

/** Shows the terminal of the block that is using it, in one of the notebook's panels. */
export class NotebookTerminal extends Disposable {
  constructor(sessionContext: ISessionContext, options: ITerminalOptions) {
    super();
    this._options = options;
    this._comm = new SharedComm(TARGET, sessionContext);
    this._comm.messageReceived.connect(this._onData, this);
    this._comm.disconnected.connect(this._end, this);
  }

  /** Move to *panel*. */
  show(panel: NotebookPanel): void {
    if (this._panel === panel) {
      return;
    }
    this._panel?.content.modelContentChanged.disconnect(this._attachToCell, this);
    this._panel = panel;
    panel.content.modelContentChanged.connect(this._attachToCell, this);
    this._attachToCell();
  }

  /** Apply the current theme. */
  updateTheme(): void {
    this._view?.updateTheme();
  }

  /** Focus the terminal; return whether there is one. */
  focus(): boolean {
    this._view?.focus();
    return this._view !== null;
  }

  protected override release(): void {
    this._end();
    this._panel?.content.modelContentChanged.disconnect(this._attachToCell, this);
    this._comm.dispose();
  }

  private _onData(_: SharedComm, data: JSONObject): void {
    const message = readTerminalMessage(data);
    if (message !== null) {
      this._onMessage(message);
    }
  }

  private _onMessage(message: TerminalMessage): void {
    switch (message.event) {
      case 'started':
        if (message.block !== this._block) {
          this._end();
          void this._start(message.block, message.cell);
        }
        break;
      case 'output':
        // What came before the cell was ready is written first.
        if (this._view === null || this._pendingOutput.length > 0) {
          this._pendingOutput.push(message);
        } else {
          this._view.write(message.bytes, message.isReplay);
        }
        break;
      case 'ping':
        if (message.block === this._block && this._isAttached) {
          this._comm.send({ command: 'shown' });
        }
        break;
      case 'ended':
        this._end();
        break;
    }
  }

  private async _start(block: number, cell: string | null): Promise<void> {
    this._block = block;
    this._cell = cell;
    const { load, settings, trans } = this._options;
    const xterm = await load();
    if (this._block !== block || cell === null) {
      return; // The block has finished already, or has no cell.
    }
    const labels = {
      label: trans.__('Terminal of block %1', block),
      hint: trans.__('Ctrl+Shift+Enter leaves the terminal'),
      leave: trans.__('Leave')
    };
    this._view = new TerminalView(xterm, labels, settings(), {
      typed: text => {
        this._sendInput(text);
      },
      resized: (rows, columns) => {
        this._comm.send({ rows, columns });
      },
      copied: text => {
        // A browser that refuses does not concern the program: the user can copy a selection.
        void copyText(text).catch(() => undefined);
      },
      left: () => {
        this._focusCell();
      }
    });
    this._attachToCell();
  }

  /**
   * Send input: keys, and the terminal's answers to queries, which only one of several pages may
   * send.
   */
  private _sendInput(input: string): void {
    const isRunHere = this._options.userActivity.hasRun(this._cell ?? '');
    if (isRunHere || this._view?.hasFocus === true) {
      this._comm.send({ input });
    }
  }

  /** Attach the view to the block's cell. */
  private _attachToCell(): void {
    const cell = this._findCell();
    if (cell !== undefined && !(this._view && cell.node.contains(this._view.element))) {
      void this._attach(cell);
    }
  }

  /**
   * Attach the view to the footer as a plain element; badges.ts explains why it is not a widget.
   */
  private async _attach(cell: Cell): Promise<void> {
    await cell.ready; // a placeholder has no footer
    const view = this._view;
    if (view === null || cell.isDisposed || this._findCell() !== cell) {
      return;
    }
    const hadFocus = view.hasFocus;
    view.element.closest(`.${CELL_CLASS}`)?.classList.remove(CELL_CLASS);
    cellElement(cell, 'Footer').append(view.element);
    cell.node.classList.add(CELL_CLASS);
    view.attached(cell.node);
    this._isAttached = true;
    this._pendingOutput.splice(0).forEach(({ bytes, isReplay }) => {
      view.write(bytes, isReplay);
    });
    if (hadFocus || (this._panel && this._options.userActivity.isWaitingFor(this._panel, cell))) {
      view.focus();
    }
  }

  private _findCell(): Cell | undefined {
    return this._panel?.isDisposed === false && this._view !== null
      ? this._panel.content.widgets.find(widget => widget.model.id === this._cell)
      : undefined;
  }

  private _focusCell(): void {
    focusActiveCell(this._panel);
  }

  private _end(): void {
    const view = this._view;
    this._view = null;
    this._block = 0;
    this._isAttached = false;
    this._pendingOutput = [];
    if (view !== null) {
      const hadFocus = view.hasFocus;
      view.element.closest(`.${CELL_CLASS}`)?.classList.remove(CELL_CLASS);
      view.dispose();
      if (hadFocus) {
        this._focusCell();
      }
    }
  }

  private readonly _options: ITerminalOptions;
  private readonly _comm: SharedComm;
  private _panel: NotebookPanel | null = null;
  private _view: TerminalView | null = null;
  private _block = 0;
  private _isAttached = false;
  private _cell: string | null = null;
  private _pendingOutput: IPendingOutput[] = [];
}
