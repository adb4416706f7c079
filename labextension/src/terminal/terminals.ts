/** Terminals: one for each open notebook that is ours, in its view that is active. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { IBlocks } from '../core/tokens';
import type { NotebookBlocks } from '../core/notebook/notebookblocks';
import { NotebookTerminal, type ITerminalParts } from './notebookterminal';

/** Finds out which notebooks are to have one. */
export class Terminals {
  /** Follow the notebooks of *tracker* that *known* says are ours. */
  constructor(tracker: INotebookTracker, known: IBlocks, parts: ITerminalParts) {
    this._tracker = tracker;
    this._known = known;
    this._parts = parts;
    known.changed.connect(this._settle, this);
    tracker.currentChanged.connect(this._settle, this);
    this._settle();
  }

  /** That of a notebook; undefined: it is not ours. */
  of(panel: NotebookPanel): NotebookTerminal | undefined {
    const blocks = this._known.of(panel);
    return blocks === null ? undefined : this._terminals.get(blocks);
  }

  /** Have the colours of the page's theme. */
  recolour(): void {
    this._terminals.forEach(terminal => {
      terminal.recolour();
    });
  }

  private _settle(): void {
    const views = this._views();
    this._terminals.forEach((terminal, blocks) => {
      if (!views.has(blocks)) {
        this._terminals.delete(blocks);
        terminal.dispose();
      }
    });
    views.forEach((panel, blocks) => {
      let terminal = this._terminals.get(blocks);
      if (terminal === undefined) {
        terminal = new NotebookTerminal(panel.sessionContext, this._parts);
        this._terminals.set(blocks, terminal);
      }
      this._shown.set(blocks, panel);
      terminal.show(panel);
    });
  }

  /** The view of each notebook that is active, or was the last one of its to be so. */
  private _views(): Map<NotebookBlocks, NotebookPanel> {
    const views = new Map<NotebookBlocks, NotebookPanel>();
    this._tracker.forEach(panel => {
      const blocks = this._known.of(panel);
      if (blocks !== null && !views.has(blocks)) {
        const before = this._shown.get(blocks);
        views.set(blocks, before?.isDisposed === false ? before : panel);
      }
    });
    const current = this._tracker.currentWidget;
    const blocks = current && this._known.of(current);
    return blocks === null ? views : views.set(blocks, current as NotebookPanel);
  }

  private readonly _tracker: INotebookTracker;
  private readonly _known: IBlocks;
  private readonly _parts: ITerminalParts;
  private readonly _terminals = new Map<NotebookBlocks, NotebookTerminal>();
  private readonly _shown = new WeakMap<NotebookBlocks, NotebookPanel>();
}
