/** Terminal of a notebook: shows that of the block that is on one, in the view that is active. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { JSONObject } from '@lumino/coreutils';

import { readTerminal, type TerminalMessage } from './model';
import type { ITranslate } from '../core/translation';
import { TerminalView, type ITerminalSettings, type IXterm } from './view';
import type { Attention } from './useractivity';
import { Disposable } from '../core/disposable';
import { SharedComm } from '../core/kernel/sharedcomm';
import { focusCell, partOf } from '../core/notebook/cells';

export const TARGET = 'effecttalk.terminal';
const CELL_CLASS = 'et-mod-onTerminal';

/** What a terminal needs of the page. */
export interface ITerminalParts {
  /** Load xterm.js, or return it when that was done. */
  readonly load: () => Promise<IXterm>;
  readonly settings: () => ITerminalSettings;
  readonly attention: Attention;
  readonly trans: ITranslate;
}

/** Something a terminal has to show, which came before there was one. */
interface IOutput {
  readonly bytes: Uint8Array;
  readonly isAgain: boolean;
}

/** The terminal of one notebook, which may have several views. */
export class NotebookTerminal extends Disposable {
  constructor(sessionContext: ISessionContext, parts: ITerminalParts) {
    super();
    this._parts = parts;
    this._comm = new SharedComm(TARGET, sessionContext);
    this._comm.said.connect(this._take, this);
    this._comm.gone.connect(this._end, this);
  }

  /** Be in *panel* from now on, if a block is on the terminal. */
  show(panel: NotebookPanel): void {
    if (this._panel === panel) {
      return;
    }
    this._panel?.content.modelContentChanged.disconnect(this._place, this);
    this._panel = panel;
    panel.content.modelContentChanged.connect(this._place, this);
    this._place();
  }

  /** Have the colours of the page's theme. */
  recolour(): void {
    this._view?.recolour();
  }

  /** Have the keyboard; returns whether there is a terminal to have it. */
  focus(): boolean {
    this._view?.focus();
    return this._view !== null;
  }

  protected override release(): void {
    this._end();
    this._panel?.content.modelContentChanged.disconnect(this._place, this);
    this._comm.dispose();
  }

  private _take(_: SharedComm, data: JSONObject): void {
    const said = readTerminal(data);
    if (said !== null) {
      this._note(said);
    }
  }

  private _note(said: TerminalMessage): void {
    switch (said.event) {
      case 'started':
        if (said.block !== this._block) {
          this._end();
          void this._start(said.block, said.cell);
        }
        break;
      case 'output':
        if (this._view === null) {
          this._early.push(said);
        } else {
          this._view.write(said.bytes, said.isAgain);
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
    const { load, settings, trans } = this._parts;
    const xterm = await load();
    if (this._block !== block || cell === null) {
      return; // It was short, or belongs to no cell.
    }
    const words = {
      label: trans.__('Terminal of block %1', block),
      hint: trans.__('Ctrl+Shift+Enter leaves the terminal'),
      leave: trans.__('Leave')
    };
    this._view = new TerminalView(xterm, words, settings(), {
      typed: text => {
        this._type(text);
      },
      resized: (rows, columns) => {
        this._comm.say({ rows, columns });
      },
      left: () => {
        this._leave();
      }
    });
    this._place();
  }

  /** Send keys, and answers to programs; of several pages only one has to answer. */
  private _type(input: string): void {
    const isOurs = this._parts.attention.hasStarted(this._cell ?? '');
    if (isOurs || this._view?.hasFocus === true) {
      this._comm.say({ input });
    }
  }

  /** Put the view where its cell is now. */
  private _place(): void {
    const cell = this._widget();
    if (cell !== undefined && !(this._view && cell.node.contains(this._view.element))) {
      void this._attach(cell);
    }
  }

  /** As a plain element of the cell's footer; badges say why. */
  private async _attach(cell: Cell): Promise<void> {
    await cell.ready; // a placeholder has no footer
    const view = this._view;
    if (view === null || cell.isDisposed || this._widget() !== cell) {
      return;
    }
    const hadFocus = view.hasFocus;
    view.element.closest(`.${CELL_CLASS}`)?.classList.remove(CELL_CLASS);
    partOf(cell, 'Footer').append(view.element);
    cell.node.classList.add(CELL_CLASS);
    view.placed();
    this._early.splice(0).forEach(({ bytes, isAgain }) => {
      view.write(bytes, isAgain);
    });
    if (hadFocus || (this._panel && this._parts.attention.isAt(this._panel, cell))) {
      view.focus();
    }
  }

  private _widget(): Cell | undefined {
    return this._panel?.isDisposed === false && this._view !== null
      ? this._panel.content.widgets.find(widget => widget.model.id === this._cell)
      : undefined;
  }

  private _leave(): void {
    focusCell(this._panel);
  }

  private _end(): void {
    const view = this._view;
    this._view = null;
    this._block = 0;
    this._early = [];
    if (view !== null) {
      const hadFocus = view.hasFocus;
      view.element.closest(`.${CELL_CLASS}`)?.classList.remove(CELL_CLASS);
      view.dispose();
      if (hadFocus) {
        this._leave();
      }
    }
  }

  private readonly _parts: ITerminalParts;
  private readonly _comm: SharedComm;
  private _panel: NotebookPanel | null = null;
  private _view: TerminalView | null = null;
  private _block = 0;
  private _cell: string | null = null;
  private _early: IOutput[] = [];
}
